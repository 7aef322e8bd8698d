package desk

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/assaynet/assay/item"
)

// maxBody is how many bytes the body of a request may have.
const maxBody = 16 << 10

// The bodies of requests.
type (
	loginBody struct {
		Labeller  string `json:"labeller"`
		Message   string `json:"message"`
		Signature string `json:"signature"`
	}
	tasksBody struct {
		Program string `json:"program"`
		Limit   int    `json:"limit"`
	}
	answerBody struct {
		Task      string `json:"task"`
		Answer    string `json:"answer"`
		Comment   string `json:"comment"`
		Millis    int64  `json:"millis"`
		Signature string `json:"signature"`
	}
	withdrawBody struct {
		Task string `json:"task"`
	}
	skipBody struct {
		Task   string `json:"task"`
		Reason string `json:"reason"`
	}
)

// readBody reads and decodes the body of a request.
func readBody[T any](r *http.Request, fields ...string) (out T, err error) {
	b, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large || r.ContentLength > maxBody {
		return out, refuse(CodeTooLarge, "the body is longer than %d bytes", maxBody)
	}
	if err != nil {
		return out, refuse(CodeRequest, "the body could not be read")
	}
	return decode[T](b, fields...)
}

// decode reads one JSON object that has exactly the fields, each once, and nothing
// behind it.
func decode[T any](b []byte, fields ...string) (out T, err error) {
	if err := hasFields(b, fields); err != nil {
		return out, refuse(CodeRequest, "%v", err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return out, refuse(CodeRequest, "%s is a %s, want a %s", wrong.Field, wrong.Value, kindName(wrong.Type.String()))
		}
		return out, refuse(CodeRequest, "the body is not JSON")
	}
	return out, nil
}

func kindName(goType string) string {
	if goType == "string" {
		return goType
	}
	return "whole number"
}

func hasFields(b []byte, fields []string) error {
	notObject := fmt.Errorf("the body is not a JSON object with the fields %s", strings.Join(fields, ", "))
	if !utf8.Valid(b) {
		return errors.New("the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return notObject
	}
	var seen []string
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return notObject
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return notObject
		}
		switch {
		case !slices.Contains(fields, name):
			return fmt.Errorf("unknown field %.40q, want %s", name, strings.Join(fields, ", "))
		case slices.Contains(seen, name):
			return fmt.Errorf("the field %s is there twice", name)
		case string(value) == "null":
			return fmt.Errorf("the field %s is null", name)
		}
		seen = append(seen, name)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return notObject
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the JSON object")
	}
	for _, name := range fields {
		if !slices.Contains(seen, name) {
			return fmt.Errorf("the field %s is missing", name)
		}
	}
	return nil
}

// taskID reads the id of a task.
func taskID(s string) (id item.Hash, err error) {
	if err := id.UnmarshalText([]byte(s)); err != nil {
		return id, refuse(CodeRequest, "task: want 0x and 64 hex digits")
	}
	return id, nil
}

// signatureOf reads a signature; its length is for who verifies it.
func signatureOf(s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) > item.MaxLabelSig {
		return nil, refuse(CodeSignature, "signature: want 0x and the hex digits of at most %d bytes", item.MaxLabelSig)
	}
	return b, nil
}
