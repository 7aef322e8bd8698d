package casefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// decoder walks through JSON token by token and knows the path of the value it is
// at, so that an error can say where the mistake is.
type decoder struct {
	json  *json.Decoder
	cells int // how many more weights and bonds the file may have
}

// token returns the next token. Path says which value was expected.
func (d *decoder) token(path string) (json.Token, error) {
	t, err := d.json.Token()
	switch {
	case err == nil:
		return t, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%sthe file ends too early", prefix(path))
	}
	return nil, fmt.Errorf("%snot valid JSON near byte %d: %w", prefix(path), d.json.InputOffset(), err)
}

// object calls visit for every member, which must read its value.
func (d *decoder) object(path string, visit func(path, key string) error) error {
	t, err := d.token(path)
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("%s%s is not an object", prefix(path), shown(t))
	}
	return d.members(path, visit)
}

// members is object for one whose opening brace has been read.
func (d *decoder) members(path string, visit func(path, key string) error) error {
	for d.json.More() {
		key, err := d.token(path)
		if err != nil {
			return err
		}
		name, _ := key.(string)
		at := brief(name)
		if path != "" {
			at = path + "." + at
		}
		if err := visit(at, name); err != nil {
			return err
		}
	}
	_, err := d.token(path)
	return err
}

// array calls visit for every element, which must read it.
func (d *decoder) array(path string, visit func(path string, k int) error) error {
	t, err := d.token(path)
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		return fmt.Errorf("%s%s is not a list", prefix(path), shown(t))
	}
	for k := 0; d.json.More(); k++ {
		if err := visit(path+"["+strconv.Itoa(k)+"]", k); err != nil {
			return err
		}
	}
	_, err = d.token(path)
	return err
}

// list reads a list of single tokens, or null as an empty one. Paths of elements are
// made only for errors: lists are long.
func (d *decoder) list(path string, most int, element func(t json.Token) error) error {
	t, err := d.token(path)
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('[') {
		return fmt.Errorf("%s%s is not a list", prefix(path), shown(t))
	}
	for k := 0; d.json.More(); k++ {
		if k == most {
			return fmt.Errorf("%s: has more than %d elements", path, most)
		}
		t, err := d.token(path)
		if err == nil {
			if err = element(t); err != nil {
				err = fmt.Errorf("%s[%d]: %w", path, k, err)
			}
		}
		if err != nil {
			return err
		}
	}
	_, err = d.token(path)
	return err
}

// skip reads a value of any kind without keeping it.
func (d *decoder) skip(path string) error {
	for depth := 0; ; {
		t, err := d.token(path)
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// unsigned reads a whole number from 0 to most.
func unsigned(t json.Token, most uint64) (uint64, error) {
	text, err := whole(t, "0 to "+strconv.FormatUint(most, 10))
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(text, "-") {
		if strings.Trim(text, "-0") == "" {
			return 0, nil
		}
		return 0, fmt.Errorf("%s is less than 0", brief(text))
	}
	if v, err := strconv.ParseUint(text, 10, 64); err == nil && v <= most {
		return v, nil
	}
	return 0, fmt.Errorf("%s is more than %d", brief(text), most)
}

// signed reads a whole number from least to most.
func signed(t json.Token, least, most int64) (int64, error) {
	text, err := whole(t, fmt.Sprintf("%d to %d", least, most))
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err == nil && least <= v && v <= most:
		return v, nil
	case strings.HasPrefix(text, "-"):
		return 0, fmt.Errorf("%s is less than %d", brief(text), least)
	}
	return 0, fmt.Errorf("%s is more than %d", brief(text), most)
}

// whole returns the digits of a number without a fraction or an exponent.
func whole(t json.Token, allowed string) (string, error) {
	n, ok := t.(json.Number)
	if !ok || strings.ContainsAny(n.String(), ".eE") {
		return "", fmt.Errorf("%s is not a whole number from %s", shown(t), allowed)
	}
	return n.String(), nil
}

func boolean(t json.Token) (bool, error) {
	b, ok := t.(bool)
	if !ok {
		return false, fmt.Errorf("%s is neither true nor false", shown(t))
	}
	return b, nil
}

// shown is how an error quotes a token.
func shown(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case json.Delim:
		if t == '{' || t == '}' {
			return "an object"
		}
		return "a list"
	case string:
		return strconv.Quote(brief(t))
	}
	return brief(fmt.Sprint(t))
}

// brief cuts what an input may have made endless.
func brief(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// prefix puts a path before a message; at the top there is none.
func prefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}
