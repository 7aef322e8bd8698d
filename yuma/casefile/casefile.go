// Package casefile reads and writes epochs of a subnet as JSON: the format of the
// reference vectors, in which anyone can hand a case to the chain's arithmetic.
//
// A file is {"epochs":[{"input":{...}},...]}. Whatever else stands beside input, or
// beside epochs, is not looked at. Inside an input every field must be known, and
// its value in range; the error says where it is not. Numbers are integers and never
// pass through a floating-point number.
//
// The package is pure: it works on bytes that the caller has read and bounded by
// MaxBytes.
package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/assaynet/assay/yuma"
)

const (
	// MaxBytes is the size of the largest file that Decode takes. A subnet of 1024
	// neurons in which everyone weighs everyone takes a third of it.
	MaxBytes = 64 << 20
	// MaxCells bounds the weights and bonds of all epochs of a file together. It
	// counts a row once for every uid that has it: rows may be shared, which makes
	// a small file a large subnet.
	MaxCells = 1 << 24
)

// Decode reads the inputs of all epochs of a file. Fields that an input leaves out
// have the defaults of the reference program; n, rao_emission, current_block and
// alpha_stake must be there. Every input that is returned passes yuma's Validate.
//
// Rows that a file shares are shared in the result: treat them as read-only.
func Decode(data []byte) ([]*yuma.Input, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("read case: %d bytes are more than the %d allowed", len(data), MaxBytes)
	}
	d := decoder{json: json.NewDecoder(bytes.NewReader(data)), cells: MaxCells}
	d.json.UseNumber()
	var inputs []*yuma.Input
	seen := false
	err := d.object("", func(path, key string) error {
		if key != "epochs" {
			return d.skip(path)
		}
		if seen {
			return fmt.Errorf("%s: appears twice", path)
		}
		seen = true
		return d.array(path, func(path string, _ int) error {
			in, err := d.epoch(path)
			inputs = append(inputs, in)
			return err
		})
	})
	if err == nil && !seen {
		err = errors.New(`epochs: is missing; a case is {"epochs":[{"input":{...}},...]}`)
	}
	if err == nil {
		if _, end := d.json.Token(); end != io.EOF {
			err = errors.New("something follows the closing brace; a case is one JSON object")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read case: %w", err)
	}
	return inputs, nil
}

// epoch reads one element of epochs, of which only the input counts.
func (d *decoder) epoch(path string) (*yuma.Input, error) {
	var in *yuma.Input
	at := path + ".input"
	err := d.object(path, func(path, key string) error {
		if key != "input" {
			return d.skip(path)
		}
		if in != nil {
			return fmt.Errorf("%s: appears twice", path)
		}
		var err error
		in, err = d.input(path)
		return err
	})
	if err == nil && in == nil {
		err = fmt.Errorf("%s: is missing", at)
	}
	return in, err
}
