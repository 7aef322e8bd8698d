package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const hostile = `<script>alert(1)</script>"'&` + "\u202e\x00"

// sample is a view with a validator, a miner that is fine, and one whose every
// text is hostile.
func sample() View {
	return View{
		Title: "localnet", Network: "devnet", Netuid: 1, Observer: "validator-1", Block: 50, BlockSeconds: 1, Epoch: 4, NextEpoch: 60,
		Round: 25, LastVote: &Vote{Epoch: 3, Block: 47}, Voting: "the vote of epoch 4 is committed",
		Neurons: []Neuron{
			{UID: 0, Hotkey: "0x" + strings.Repeat("ab", 32), Role: "validator", Profile: "validator-1", Stake: 5000e9, ValidatorTrust: 1, Dividends: 0.5, Updated: 2, Active: true},
			{UID: 1, Hotkey: "0x" + strings.Repeat("cd", 32), Role: "miner", Profile: "honest-1", Incentive: 0.25, Emission: 123456789, Active: true, Axon: "127.0.0.1:4000",
				Score: &Score{Mean: 0.97, Lower: 0.93, Upper: 0.99, Checked: 212, Value: 1.7, Weight: 0.2,
					Products: []Product{{"forum", "record", 0.62}, {"spam", "judgement", 0.3}, {"preference", "judgement", 0.08}}}},
			{UID: 2, Hotkey: hostile, Role: hostile, Profile: hostile, Axon: hostile,
				Score: &Score{Checked: 3, Flags: []string{hostile}, Products: []Product{{hostile, hostile, 1}}}},
		},
		Labels: []LabelProgram{
			{Name: "spam", Question: "Is this mail spam?", Judged: 1234, Gold: 310, Open: 20, Waiting: 300, Raters: 9, Passed: 5},
			{Name: hostile, Question: hostile, Lost: 3},
		},
		Waterfall: func(uid uint16) ([]Row, bool) {
			switch uid {
			case 0:
				return nil, false
			case 1:
				return []Row{{Term: "Weight", Result: "0.2000"}, {Product: "spam", Term: "spam/labels", Result: "0.3"}, {Product: "spam", Level: 1, Term: "skill", Result: "0.8"},
					{Product: "forum", Term: "forum/fork", Result: "0.7"}, {Product: "other", Term: "other/labels"}, {Term: "Newest items", Result: "3"}}, true
			}
			return []Row{{Product: hostile, Level: 0, Term: hostile, Input: hostile, Result: hostile, Note: hostile, Share: 0.5}}, true
		},
	}
}

func serve(t *testing.T, view func() View) (*Site, string) {
	t.Helper()
	site := New(view)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	return site, server.URL
}

func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

func TestOverview(t *testing.T) {
	_, url := serve(t, sample)
	code, body, header := get(t, url+"/")
	if code != 200 {
		t.Fatal(code, body)
	}
	for _, want := range []string{
		"in 10 blocks (~10\u00a0s)", "epoch 3, 3 blocks (~3\u00a0s) ago", "✓ none", "the vote of epoch 4 is committed", "honest-1", `href="/miner/1"`, "0.970", "0.93–0.99, n 212", "0.1235", "5\u2009000",
		"valid share 0.970, interval 0.930 to 0.990, from 212 checked", "earning", "flagged", `scope="col"`, `scope="row"`, `aria-live="polite"`, `<html lang="en">`,
		"As validator-1 sees it",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	for _, column := range strings.Fields("UID Stake vTrust Consensus Incentive Dividends Emission Updated Active Hotkey") {
		i := strings.Index(body, `data-label="`+column)
		if column != "vTrust" && i < 0 {
			t.Errorf("no column %s", column)
		}
	}
	if p := header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
		t.Errorf("policy %q", p)
	}
}

// TestPagesObeyTheirPolicy looks for what the policy would block: style and event
// attributes, inline scripts and styles, and anything from another host.
func TestPagesObeyTheirPolicy(t *testing.T) {
	_, url := serve(t, sample)
	blocked := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|<script>|src="(https?:)?//|href="(https?:)?//|javascript:`)
	for _, path := range []string{"/", "/?part", "/miner/1", "/miner/2", "/miner/2?part"} {
		code, body, _ := get(t, url+path)
		if code != 200 {
			t.Errorf("%s: %d", path, code)
		}
		if found := blocked.FindString(body); found != "" {
			t.Errorf("%s: %q", path, found)
		}
	}
}

func TestHostileTextIsEscaped(t *testing.T) {
	_, url := serve(t, sample)
	for _, path := range []string{"/", "/miner/2"} {
		_, body, _ := get(t, url+path)
		if strings.Contains(body, "alert(1)</script>") {
			t.Errorf("%s: a hostile text reaches the page as it is", path)
		}
		if !strings.Contains(body, "&lt;script&gt;alert(1)") {
			t.Errorf("%s: the hostile text is not shown at all", path)
		}
	}
}

func TestMinerPage(t *testing.T) {
	_, url := serve(t, sample)
	if code, body, _ := get(t, url+"/miner/1"); code != 200 || !strings.Contains(body, "Why this score") || !strings.Contains(body, strings.Repeat("cd", 32)) {
		t.Errorf("%d %s", code, body)
	}
	if _, body, _ := get(t, url+"/miner/0"); !strings.Contains(body, "Nothing has been recorded") {
		t.Error("a neuron without a score gets an empty table")
	}
	for _, path := range []string{"/miner/9", "/miner/x", "/miner/65536", "/miner/-1", "/other", "/assets/../web.go", "/assets/none"} {
		if code, _, _ := get(t, url+path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// TestProducts looks for each product's part of a miner's pay, in a picture and in
// words, and for the programs that label.
func TestProducts(t *testing.T) {
	_, url := serve(t, sample)
	_, body, _ := get(t, url+"/")
	for _, want := range []string{
		"aria-label=\"forum 62\u00a0%, preference 8\u00a0%, spam 30\u00a0%\"", `id="look-1"`, `fill="url(#look-`, `aria-label="Data products"`, "preference <small>labels</small>", "forum <small>collected</small>",
		`<h2 id="labels">Labels</h2>`, "Is this mail spam?", "1\u2009234", ">310<", "5 of 9", "3 lost",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if i, j := strings.Count(body, `id="look-`), strings.Count(body, `class="stack"`); i != looks-1 || j != 2 {
		t.Errorf("%d patterns and %d bars", i, j)
	}
	if _, part, _ := get(t, url+"/?part"); strings.Contains(part, `id="look-`) || !strings.Contains(part, "Data products") {
		t.Error("an update brings the patterns again, or no legend")
	}
	_, body, _ = get(t, url+"/miner/1")
	var at []int
	for _, want := range []string{"0.2000", "spam <small>30\u00a0% of its pay</small></h3>", "skill", "forum <small>62\u00a0% of its pay", "other <small>pays it nothing", "Newest items"} {
		at = append(at, strings.Index(body, want))
	}
	if !slices.IsSorted(at) || at[0] < 0 {
		t.Errorf("sections stand at %v in\n%s", at, body)
	}
	if n := strings.Count(body, `<table class="waterfall"`); n != 5 {
		t.Errorf("%d tables, want one for each run of rows", n)
	}
}

func TestEmptyView(t *testing.T) {
	_, url := serve(t, func() View { return View{} })
	code, body, _ := get(t, url+"/")
	if code != 200 || !strings.Contains(body, "waiting for the first") || !strings.Contains(body, "No neuron is registered yet") {
		t.Errorf("%d %s", code, body)
	}
}

func TestWarnings(t *testing.T) {
	_, url := serve(t, func() View { return View{Warnings: []string{"chain: no head for 3 min"}, Unclosed: 2} })
	if _, body, _ := get(t, url+"/"); !strings.Contains(body, "no head for 3 min") || !strings.Contains(body, "! 2") {
		t.Error(body)
	}
}

func TestAssetsAreSmallAndOurs(t *testing.T) {
	total := int64(0)
	for _, dir := range []string{"assets", "pages"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			total += info.Size()
		}
	}
	if total > 60_000 {
		t.Errorf("%d bytes of pages and assets, at most 60000 are wanted", total)
	}
	_, url := serve(t, sample)
	for name, kind := range map[string]string{"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		code, body, header := get(t, url+"/assets/"+name)
		if code != 200 || !strings.HasPrefix(header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", name, code, header.Get("Content-Type"))
		}
		if strings.Contains(strings.ReplaceAll(body, "http://www.w3.org/2000/svg", ""), "http") {
			t.Errorf("%s loads something from elsewhere", name)
		}
	}
}
