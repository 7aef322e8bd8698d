package labeller

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/source"
)

// The ids of the gold file are those of the items that a validator's client reads from
// the running site, and the truths are right.
func TestGoldNamesTheItemsOfTheSite(t *testing.T) {
	cfg := site.Defaults(11, start)
	cfg.Topics = []string{"exmh-users", "fork", "zzzzteana"}
	cfg.Now, cfg.VanishShare, cfg.FailShare = func() time.Time { return start.Add(time.Hour) }, 0, 0
	forum, err := site.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(forum.Handler())
	t.Cleanup(srv.Close)
	client := source.New(source.Config{Rate: 1e6, Burst: 1e6, Guard: source.Guard{Allow: []netip.AddrPort{netip.MustParseAddrPort(strings.TrimPrefix(srv.URL, "http://"))}}})
	t.Cleanup(client.Close)
	truths := map[string]string{}
	for _, id := range forum.IDs() {
		r, _, err := client.Record(t.Context(), srv.URL+"/p/"+id)
		if err != nil {
			t.Fatal(err)
		}
		it, err := r.Item()
		if err != nil {
			t.Fatal(err)
		}
		truths[it.ID().String()] = forum.Truth(it.URI)
	}
	gold := func(seed uint64, share float64) map[string]string {
		var b bytes.Buffer
		if err := Gold(&b, forum, srv.URL, seed, share); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || strings.Join(rows[0], ",") != "id,truth" {
			t.Fatalf("header %v, %v", rows[0], err)
		}
		out := map[string]string{}
		for i, r := range rows[1:] {
			if i > 0 && r[0] <= rows[i][0] {
				t.Fatal("not in ascending order")
			}
			if truths[r[0]] == "" || truths[r[0]] != r[1] {
				t.Fatalf("%s is %q, the site says %q", r[0], r[1], truths[r[0]])
			}
			out[r[0]] = r[1]
		}
		return out
	}
	all, some, other := gold(1, 1), gold(1, 0.3), gold(2, 0.3)
	if len(all) != len(truths) || len(some) != int(math.Round(0.3*float64(len(truths)))) || len(gold(1, 0)) != 0 {
		t.Errorf("%d of %d, and %d", len(all), len(truths), len(some))
	}
	spams, both := 0, 0
	for id, truth := range some {
		if truth == site.Spam {
			spams++
		}
		if other[id] != "" {
			both++
		}
	}
	// A draw of each: about a quarter is spam, and three tenths are in both.
	if share := float64(spams) / float64(len(some)); math.Abs(share-0.256) > 0.07 {
		t.Errorf("%.3f of the gold is spam", share)
	}
	if share := float64(both) / float64(len(some)); math.Abs(share-0.3) > 0.08 {
		t.Errorf("%.3f of the gold of two seeds is the same", share)
	}
}

func TestGoldRefuses(t *testing.T) {
	forum, err := site.New(site.Defaults(1, start))
	if err != nil {
		t.Fatal(err)
	}
	for _, share := range []float64{-0.1, 1.1, math.NaN()} {
		if err := Gold(&bytes.Buffer{}, forum, "http://forum.example", 1, share); err == nil {
			t.Errorf("share %v: accepted", share)
		}
	}
	if err := Gold(failing{}, forum, "http://forum.example", 1, 0.01); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	if err := Gold(&bytes.Buffer{}, forum, "http://[", 1, 0.01); err == nil {
		t.Error("a base that is no address: accepted")
	}
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }
