package scoring

import (
	"fmt"
	"time"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/kernel"
)

// Verdict is the result of a check.
type Verdict uint8

// The verdicts. Pending is not one yet: the check still waits for evidence.
const (
	Pending Verdict = iota
	Pass
	Fail
	Unknown
)

// String is the verdict in lower case.
func (v Verdict) String() string {
	return [...]string{"pending", "pass", "fail", "unknown"}[v&3]
}

// Finding is a verdict with its reason, a stable code that is documented.
type Finding struct {
	Verdict Verdict
	Reason  string
}

// The reasons of findings.
const (
	ReasonSchemaTitle     = "schema_title"
	ReasonSchemaBody      = "schema_body"
	ReasonSchemaAuthor    = "schema_author"
	ReasonSchemaContent   = "schema_content"
	ReasonSchemaBucket    = "schema_bucket"
	ReasonOutside         = "outside_programs"
	ReasonFuture          = "time_in_future"
	ReasonSpotGone        = "spot_gone"
	ReasonSpotVanished    = "spot_vanished"
	ReasonSpotEdited      = "spot_edited"
	ReasonSpotContent     = "spot_content_differs"
	ReasonSpotLabel       = "spot_label_differs"
	ReasonSpotUnreachable = "spot_unreachable"
	ReasonSpotBarred      = "spot_barred"
	ReasonUnanswered      = "unanswered"
	ReasonTwice           = "answered_twice"
	ReasonForm            = "answer_form"
	ReasonGoldWrong       = "gold_wrong"
	ReasonPeersDiffer     = "peers_differ"
	ReasonLive            = "truth_unknown"
	ReasonNoReference     = "no_reference"
	ReasonNoContrast      = "no_contrast"
)

// checkSchema is provable: it follows from bytes that the miner committed to. The
// item must be what the program takes, in its bounds, and stand in its own bucket. Its
// record is what later checks are made of.
func checkSchema(p *program.Program, key item.Key, it *item.Item) (item.Record, Finding) {
	bucket, r, err := p.Place(it)
	switch {
	case err != nil:
		return r, Finding{Fail, ReasonSchemaContent}
	case bucket != key.Bucket():
		return r, Finding{Fail, ReasonSchemaBucket}
	case p.Judges():
		return r, Finding{Fail, ReasonSchemaContent} // an answer is no record
	}
	if misfit := p.Schema.Misfit(r); misfit != "" {
		return r, Finding{Fail, "schema_" + string(misfit)}
	}
	return r, Finding{Pass, ""}
}

// checkFreshness is witnessed: it compares the item's source time, which the spot
// check confirms, with the block's. A time in the future fails. An old item passes;
// it is only worth less, see freshness.
func checkFreshness(p *program.Program, sourceTime, blockTime int64) Finding {
	if sourceTime > blockTime+int64(p.Checks.ClockSkew/time.Second) {
		return Finding{Fail, ReasonFuture}
	}
	return Finding{Pass, ""}
}

// freshness is what an item of an age is worth, relative to a new one:
//
//	2^(−age/half_life), and 0 from max_age on
func freshness(p *program.Program, sourceTime, blockTime int64) float64 {
	age := max(blockTime-sourceTime, 0)
	if age >= int64(p.Value.MaxAge/time.Second) {
		return 0
	}
	const ln2 = 0.6931471805599453
	return kernel.ExpFold1(-float64(float64(age)*ln2) / (float64(p.Value.HalfLife) / float64(time.Second)))
}

// freshness is that of an item by the parameters in force.
func (s *State) freshness(p *program.Program, sourceTime, blockTime int64) float64 {
	if s.without(WithoutFreshness) {
		return 1
	}
	return freshness(p, sourceTime, blockTime)
}

// checkSpot is witnessed: it compares the item with the page as this validator
// fetched it. Only a page that was found or that the source says is gone decides;
// Pending asks for another try.
func checkSpot(id item.Hash, label string, f evidence.Fetch, void bool) Finding {
	switch {
	case void || f.Status == evidence.FetchFailed:
		return Finding{Pending, ReasonSpotUnreachable}
	case f.Status == evidence.FetchGone:
		return Finding{Fail, ReasonSpotGone}
	case f.Status != evidence.FetchFound:
		return Finding{Unknown, ReasonSpotBarred}
	case f.ID != id:
		return Finding{Fail, ReasonSpotContent}
	case f.Label != label:
		return Finding{Fail, ReasonSpotLabel}
	}
	return Finding{Pass, ""}
}

// ReasonText says what a finding's reason means, for people.
func ReasonText(reason string) string {
	text, ok := map[string]string{
		ReasonSchemaTitle:     "the title is longer than the program allows",
		ReasonSchemaBody:      "the body is outside the program's bounds",
		ReasonSchemaAuthor:    "the author is missing",
		ReasonSchemaContent:   "the content is not what the program takes",
		ReasonSchemaBucket:    "the item stands in another bucket than its own",
		ReasonOutside:         "no program in force takes the item",
		ReasonFuture:          "the source time lies in the future",
		ReasonSpotGone:        "the source says that there is no such page",
		ReasonSpotVanished:    "the page was there before and has been taken away",
		ReasonSpotEdited:      "the page said so before and has been changed",
		ReasonSpotContent:     "the page says something else, or that its address is another",
		ReasonSpotLabel:       "the page is labelled otherwise",
		ReasonSpotUnreachable: "the page could not be fetched",
		ReasonSpotBarred:      "the page may not be fetched",
		ReasonUnanswered:      "the question was not answered",
		ReasonTwice:           "the task was answered twice, so neither answer counts",
		ReasonForm:            "the answer is not one that the program takes",
		ReasonGoldWrong:       "the answer fits another task's truth better than its own",
		ReasonPeersDiffer:     "the answer fits what a peer said of another task better than of this one",
		ReasonLive:            "nobody knows the truth of this task",
		ReasonNoReference:     "there was nothing yet to compare the answer with",
		ReasonNoContrast:      "the answer fits the task's reference as well as another's, so it says nothing",
	}[reason]
	if !ok {
		return fmt.Sprintf("reason %q", reason)
	}
	return text
}
