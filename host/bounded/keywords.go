package bounded

import (
	"slices"

	"argus/internal/ijson"
)

// annotations say nothing about which values are admitted.
var annotations = map[string]bool{
	"title": true, "description": true, "default": true, "examples": true, "$schema": true, "$comment": true,
}

// ofType are the keywords that are counted beside a type.
var ofType = map[string][]string{
	"null":    nil,
	"boolean": nil,
	"integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
	"array":   {"prefixItems", "items", "additionalItems", "minItems", "maxItems"},
	"object":  {"properties", "required", "additionalProperties"},
}

// instead is what to write in the place of a keyword that is not counted.
var instead = map[string]string{
	"$ref":              "write the schema it points to in its place",
	"$dynamicRef":       "write the schema it points to in its place",
	"$recursiveRef":     "write the schema it points to in its place; recursion has no bound",
	"allOf":             "write its parts as one schema",
	"not":               "list the admitted values with enum",
	"if":                "write the cases with oneOf",
	"pattern":           "list the strings with enum",
	"format":            "list the strings with enum",
	"minLength":         "list the strings with enum",
	"maxLength":         "list the strings with enum",
	"patternProperties": "name every member in properties",
	"propertyNames":     "name every member in properties",
	"contains":          "remove it, or list the arrays with enum",
	"uniqueItems":       "remove it; the count does not need it",
}

// notCounted refuses a keyword.
func notCounted(at ijson.Place, keyword string) error {
	shown := keyword
	if ijson.Place("").Member(keyword) == ijson.Place("").Any() {
		shown = "*"
	}
	if advice, ok := instead[keyword]; ok {
		return &Error{at, shown, advice}
	}
	return &Error{at, shown, "cannot be counted here; remove it, or list the values with enum"}
}

// only refuses every member of v that is neither allowed nor an annotation.
func only(v ijson.Value, at ijson.Place, allowed ...string) error {
	for keyword := range v.Members() {
		if !annotations[keyword] && !slices.Contains(allowed, keyword) {
			return notCounted(at, keyword)
		}
	}
	return nil
}
