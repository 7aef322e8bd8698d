// Package golden has records that validators of each fold version made in runs of the
// localnet, for the tests of whatever reads records: what was recorded once must come to
// the same for ever.
package golden

import (
	"embed"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/klauspost/compress/zstd"

	"github.com/assaynet/assay/evidence"
)

// A record is a file: each entry's kind, length and body, compressed. The hashes are not
// in it: they follow.
//
//go:embed records
var records embed.FS

// Name is that of the record of a fold version.
func Name(fold uint16) string { return fmt.Sprint("fold", fold) }

// Path is where a record lies below the folder of this package.
func Path(name string) string { return "records/" + name + ".zst" }

// Bodies are what the entries of a record say, in order. The error of a name that there is
// no record of is an fs.ErrNotExist.
func Bodies(name string) ([]evidence.Body, error) {
	packed, err := records.ReadFile(Path(name))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	plain, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("golden record %s: %w", name, err)
	}
	var out []evidence.Body
	for len(plain) > 0 {
		n := 5 + int(binary.BigEndian.Uint32(plain[1:]))
		body, err := evidence.Decode(evidence.Kind(plain[0]), plain[5:n])
		if err != nil {
			return nil, fmt.Errorf("golden record %s, entry %d: %w", name, len(out)+1, err)
		}
		out, plain = append(out, body), plain[n:]
	}
	return out, nil
}

// Chain makes a record of bodies: each entry follows the one before.
func Chain(bodies ...evidence.Body) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		var head evidence.Head
		for _, b := range bodies {
			e, err := evidence.Next(head, b)
			if head = e.Head(); !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Pack is a record as such a file.
func Pack(entries iter.Seq2[evidence.Entry, error]) ([]byte, error) {
	var plain []byte
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		plain = append(plain, byte(e.Body.Kind()))
		plain = binary.BigEndian.AppendUint32(plain, uint32(len(e.Bytes)))
		plain = append(plain, e.Bytes...)
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	return encoder.EncodeAll(plain, nil), nil
}
