package labeller

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// packed are mails that the demo's site does not post, with their labels;
// localnet/site/corpus/README.md tells their origin.
//
//go:embed train.jsonl.zst
var packed []byte

// maxPlain bounds the unpacked training file.
const maxPlain = 4 << 20

// example is a mail to learn from.
type example struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Body  string `json:"body"`
	Label string `json:"label"`
}

// examples unpacks the training file once.
var examples = sync.OnceValues(func() ([]example, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPlain), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("open training file: %w", err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack training file: %w", err)
	}
	var out []example
	for l := range bytes.Lines(plain) {
		var e example
		if err := json.Unmarshal(l, &e); err != nil {
			return nil, fmt.Errorf("decode training file, line %d: %w", len(out)+1, err)
		}
		out = append(out, e)
	}
	return out, nil
})
