package protocol_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/source"
)

// row is one line of a table in docs/reasons.md.
type row struct{ code, under, text string }

// statuses are what a fetch can come to.
func statuses() []row {
	return []row{
		{"ok", "", "the page was read"},
		{"not_modified", "", "the page is as it was when it was last read"},
		{"gone", "", "the source says that there is no such page; speaks against the one who cites it"},
		{"barred", "", "robots.txt or the server tells us to keep out"},
		{"unavailable", "", "this try failed, another may not"},
		{"rate_limited", "", "the server asks us to come back later"},
		{"too_large", "", "over a limit, on the wire or unpacked"},
		{"malformed", "", "not a page that can be read"},
		{"refused", "", "the address is not one that may be fetched from; nothing was sent"},
	}
}

// fetchReasons are why a fetch came to its status.
func fetchReasons() []row {
	return []row{
		{"ok", "ok", "nothing is wrong"},
		{"not_modified", "not_modified", "the server answered 304, the remembered page is used"},
		{"http_404", "gone", "the server answered 404"},
		{"http_410", "gone", "the server answered 410"},
		{"robots_disallow", "barred", "robots.txt does not allow the address"},
		{"http_denied", "barred", "the server answered with another 4xx"},
		{"http_5xx", "unavailable", "the server answered with 5xx, 408 or 425"},
		{"timeout", "unavailable", "one try took too long"},
		{"connect", "unavailable", "no connection, or it was cut before the answer"},
		{"truncated", "unavailable", "the connection was cut within the body"},
		{"cancelled", "unavailable", "our own time was up, or the node stops"},
		{"robots_unavailable", "unavailable", "robots.txt could not be read, so nothing else is"},
		{"http_429", "rate_limited", "the server answered 429"},
		{"body_too_large", "too_large", "the body is too long on the wire"},
		{"unpacked_too_large", "too_large", "the body is too long when it is unpacked"},
		{"text_too_large", "too_large", "the text of the page is too long"},
		{"too_many_tags", "too_large", "the markup has too many tags"},
		{"content_type", "malformed", "the content type is none that is read"},
		{"content_encoding", "malformed", "the body is packed in a way that is not read, or is damaged"},
		{"too_many_redirects", "malformed", "the chain of redirects is too long"},
		{"bad_redirect", "malformed", "a redirect leads to no address"},
		{"http_status", "malformed", "the status is no answer to a GET"},
		{"no_text", "malformed", "the page has no text to take"},
		{"no_time", "malformed", "the page does not say when it was written"},
		{"markup", "malformed", "the markup cannot be read"},
		{"bad_url", "refused", "the address is no URL that can be fetched"},
		{"scheme", "refused", "the URL is neither http nor https"},
		{"userinfo", "refused", "the URL holds a user name or password"},
		{"port", "refused", "the port is not allowed"},
		{"host_not_allowed", "refused", "the host is none of those that pages may come from"},
		{"address", "refused", "the host is at a private, loopback, link-local or metadata address; `fetch.allow` makes exceptions"},
	}
}

// flags are the provable faults.
func flags() []row {
	return []row{
		{"equivocation", "", "two roots with the same number, both signed by the miner"},
		{"bad_proof", "", "a signed answer whose proof does not follow from the root that the miner committed to"},
		{"malformed", "", "a signed answer that is not of the protocol's form"},
		{"schema", "", "an item in the committed index that is not what the program takes"},
	}
}

func codes(rows []row) map[string]bool {
	out := map[string]bool{}
	for _, r := range rows {
		out[r.code] = true
	}
	return out
}

// listed compares the codes that a package declares with those of a table.
func listed(t *testing.T, what string, declared []string, rows []row) {
	t.Helper()
	if len(declared) != len(rows) {
		t.Errorf("%s: the package has %d codes, the table %d", what, len(declared), len(rows))
	}
	have := codes(rows)
	for _, code := range declared {
		if !have[code] {
			t.Errorf("%s: %s is not in the table", what, code)
		}
	}
}

// declared is the texts of the constants of a file whose name has the prefix.
func declared(t *testing.T, path, prefix string) (out []string) {
	for _, c := range protocol.Constants(t, path) {
		if strings.HasPrefix(c.Name, prefix) && c.Value != "" {
			out = append(out, c.Value)
		}
	}
	return out
}

// findings are the reasons of scoring's checks, each with scoring's own text.
func findings(t *testing.T) (rows []row) {
	t.Helper()
	for _, code := range declared(t, "../scoring/checks.go", "Reason") {
		text := scoring.ReasonText(code)
		if strings.HasPrefix(text, "reason ") {
			t.Errorf("scoring has no text for %s", code)
		}
		rows = append(rows, row{code, "", text})
	}
	if len(rows) < 10 {
		t.Errorf("found only %d reasons of findings", len(rows))
	}
	return rows
}

func TestReasonsAreDocumented(t *testing.T) {
	var names []string
	for s := source.OK; s.String() != "unknown"; s++ {
		names = append(names, s.String())
	}
	listed(t, "status", names, statuses())
	listed(t, "reason of a fetch", declared(t, "../source/status.go", "Reason"), fetchReasons())
	listed(t, "flag", declared(t, "../scoring/miner.go", "Flag"), flags())
	known := codes(statuses())
	for _, r := range fetchReasons() {
		if !known[r.under] {
			t.Errorf("%s: no status %s", r.code, r.under)
		}
	}
	protocol.Golden(t, "../docs/reasons.md", page(t))
}

const head = `# Reasons

Every failure has a reason with a stable code. This page has four lists: [messages](#messages), [fetches](#fetches),
[checks of items](#checks-of-items) and [flags](#flags). ` + "`go test ./protocol -rewrite`" + ` writes it from the catalogues in the
program; a test fails when it is out of date.

## Messages

Why a message between a validator and a miner failed: the value of the metric label, the log field and the heading
below.

`

// page is docs/reasons.md.
func page(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	table := func(heads string, rows []row) {
		fmt.Fprintf(&b, "\n%s\n|%s\n", heads, strings.Repeat("---|", strings.Count(heads, "|")-1))
		for _, r := range rows {
			if r.under != "" {
				fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", r.code, r.under, r.text)
			} else {
				fmt.Fprintf(&b, "| `%s` | %s |\n", r.code, r.text)
			}
		}
	}
	b.WriteString(head + "| code | in short |\n|---|---|\n")
	for _, e := range protocol.Reasons() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", e.Reason, e.Reason, e.Short)
	}
	for _, e := range protocol.Reasons() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", e.Reason, e.Long)
	}
	b.WriteString("\n## Fetches\n\nWhat the fetch of a page came to, and why. Miners fetch to collect, validators to check what miners cite.\n")
	table("| status | meaning |", statuses())
	table("| reason | status | meaning |", fetchReasons())
	b.WriteString("\n## Checks of items\n\nWhy a drawn item failed, or could not be decided. `assay lab explain` gives the reason of each item.\n")
	table("| reason | meaning |", findings(t))
	b.WriteString("\n## Flags\n\nFaults that a miner's own signature proves. A flagged miner is paid nothing while the flag counts (`flag_rounds` of the\nscoring parameters).\n")
	table("| flag | meaning |", flags())
	return b.String()
}
