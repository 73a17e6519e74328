package schema

import "strings"

// holds says what a keyword's value is made of, and so where schemas are.
type holds uint8

const (
	data      holds = iota + 1 // a plain value
	count                      // a number of things
	schema                     // one schema
	schemas                    // an array of schemas
	named                      // an object of schemas
	patterns                   // an object of schemas, its names being patterns
	either                     // a schema, or an array of them: "items" before 2020-12
	dependent                  // an object of schemas or arrays of names
	reference                  // a reference
	pattern                    // a pattern
	values                     // an array of plain values
	identity                   // "$id"
	dialect                    // "$schema"
)

// keywords are all that is passed on. What is absent is an annotation or
// unknown, and dropped: the library must not find a schema where none was
// examined.
var keywords = map[string]holds{
	"$schema": dialect, "$id": identity,
	"$anchor": data, "$dynamicAnchor": data, "$recursiveAnchor": data,
	"$ref": reference, "$dynamicRef": reference, "$recursiveRef": reference,
	"$defs": named, "definitions": named,

	"allOf": schemas, "anyOf": schemas, "oneOf": schemas, "not": schema,
	"if": schema, "then": schema, "else": schema,
	"dependentSchemas": named, "dependencies": dependent, "dependentRequired": data,

	"type": data, "enum": values, "const": data, "format": data,
	"multipleOf": data, "maximum": data, "exclusiveMaximum": data, "minimum": data, "exclusiveMinimum": data,
	"maxLength": count, "minLength": count, "pattern": pattern,

	"prefixItems": schemas, "items": either, "additionalItems": schema, "unevaluatedItems": schema,
	"contains": schema, "maxContains": count, "minContains": count,
	"maxItems": count, "minItems": count, "uniqueItems": data,

	"properties": named, "patternProperties": patterns, "additionalProperties": schema,
	"unevaluatedProperties": schema, "propertyNames": schema,
	"required": data, "maxProperties": count, "minProperties": count,
}

// knownDialect reports whether uri names a draft that this package reads.
func knownDialect(uri string) bool {
	switch strings.TrimSuffix(uri, "#") {
	case "https://json-schema.org/draft/2020-12/schema",
		"https://json-schema.org/draft/2019-09/schema",
		"http://json-schema.org/draft-07/schema",
		"https://json-schema.org/draft-07/schema":
		return true
	}
	return false
}
