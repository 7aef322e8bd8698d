package site

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// packed is the vendored corpus; corpus/README.md tells its origin.
//
//go:embed corpus/ham.jsonl.zst
var packed []byte

// maxPlain bounds the unpacked corpus.
const maxPlain = 8 << 20

// message is one line of the corpus.
type message struct {
	ID     string    `json:"id"`
	Author string    `json:"author"`
	Time   time.Time `json:"time"` // of the mail; the site prints its own
	Topic  string    `json:"topic"`
	Title  string    `json:"title"`
	Body   string    `json:"body"`
}

// corpus unpacks the messages; within a topic they are in time order.
func corpus() ([]message, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPlain), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("open corpus: %w", err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack corpus: %w", err)
	}
	var out []message
	lines := bufio.NewScanner(bytes.NewReader(plain))
	for lines.Scan() {
		var m message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("decode corpus line %d: %w", len(out)+1, err)
		}
		out = append(out, m)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read corpus: %w", err)
	}
	return out, nil
}

// pick keeps the wanted topics, all when none is named.
func pick(all []message, wanted []string) ([]message, []string, error) {
	var topics []string
	for _, m := range all {
		if !slices.Contains(topics, m.Topic) {
			topics = append(topics, m.Topic)
		}
	}
	slices.Sort(topics)
	if len(wanted) == 0 {
		return all, topics, nil
	}
	for _, w := range wanted {
		if !slices.Contains(topics, w) {
			return nil, nil, fmt.Errorf("open demo site: no topic %q in the corpus, which has %v", w, topics)
		}
	}
	all = slices.DeleteFunc(all, func(m message) bool { return !slices.Contains(wanted, m.Topic) })
	wanted = slices.Clone(wanted)
	slices.Sort(wanted)
	return all, slices.Compact(wanted), nil
}
