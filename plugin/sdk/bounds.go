package sdk

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckText holds a name or an id that crosses the contract to min..max bytes of printable UTF-8 on one line. The error names
// the field and never the text.
func CheckText(field, text string, min, max int) error {
	if err := checkSize(field, text, min, max); err != nil {
		return err
	}
	if strings.ContainsFunc(text, unprintable) {
		return fmt.Errorf("%s holds a character that can not be printed", field)
	}
	return nil
}

// CheckProse is CheckText for text that may have several lines.
func CheckProse(field, text string, min, max int) error {
	if err := checkSize(field, text, min, max); err != nil {
		return err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && unprintable(r) }) {
		return fmt.Errorf("%s holds a character that can not be printed", field)
	}
	return nil
}

// CheckTexts holds a list to at most n texts, each as CheckProse demands.
func CheckTexts(field string, texts []string, n, min, max int) error {
	if len(texts) > n {
		return fmt.Errorf("more than %d %s", n, field)
	}
	for _, text := range texts {
		if err := CheckProse(field, text, min, max); err != nil {
			return err
		}
	}
	return nil
}

// CheckSHA256 holds text to 64 lower-case hex digits.
func CheckSHA256(field, text string) error {
	if len(text) != 64 || strings.Trim(text, "0123456789abcdef") != "" {
		return fmt.Errorf("%s is not 64 lower-case hex digits", field)
	}
	return nil
}

// CheckDigest holds text to "sha256:" and 64 lower-case hex digits.
func CheckDigest(field, text string) error {
	hex, ok := strings.CutPrefix(text, "sha256:")
	if !ok {
		return fmt.Errorf(`%s does not start with "sha256:"`, field)
	}
	return CheckSHA256(field, hex)
}

// Clip is text made to pass CheckProse: cut to max bytes at a rune's border, what can not be printed replaced.
func Clip(text string, max int) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unprintable(r) {
			return r
		}
		return '?'
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= max {
		return text
	}
	cut := max
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// FirstError is the first of errs that is one.
func FirstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkSize(field, text string, min, max int) error {
	switch {
	case len(text) < min && min == 1:
		return fmt.Errorf("%s is missing", field)
	case len(text) < min:
		return fmt.Errorf("%s is shorter than %d bytes", field, min)
	case len(text) > max:
		return fmt.Errorf("%s is longer than %d bytes", field, max)
	case !utf8.ValidString(text):
		return fmt.Errorf("%s is not UTF-8", field)
	}
	return nil
}

// unprintable also catches the bidirectional controls (class Cf), with which a name can show as another.
func unprintable(r rune) bool { return !unicode.IsGraphic(r) }
