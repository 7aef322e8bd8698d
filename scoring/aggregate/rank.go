package aggregate

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/preference"
)

// rank ranks the items of a pairwise program by the answers that count, and says how
// reliable each rater is. Ties have a probability of their own (Davidson 1970).
func (j *judged) rank(r *Result) error {
	items := j.items()
	if len(items) > preference.MaxItems {
		r.Notes = append(r.Notes, fmt.Sprintf("%d items were compared, too many to rank (%d)", len(items), preference.MaxItems))
		return nil
	}
	table, gold, err := j.games(items)
	if err != nil {
		return err
	}
	fit, err := preference.BradleyTerry(table, preference.Options{Ties: preference.Davidson})
	if err != nil {
		return err
	}
	covariance, interval := j.covariance(fit)
	estimates, err := fit.Estimates(covariance, -1)
	if err != nil {
		return err
	}
	ranking := &Ranking{Ties: fit.Tie, Interval: interval}
	ranking.Games, ranking.Neither = table.Games()
	for i, e := range estimates {
		ranking.Items = append(ranking.Items, Ranked{items[i], e.Strength, e.Lower, e.Upper, e.RankLow, e.RankHigh, fit.Games[i]})
		ranking.Components = max(ranking.Components, fit.Components[i]+1)
	}
	slices.SortStableFunc(ranking.Items, func(a, b Ranked) int { return cmp.Compare(b.Strength, a.Strength) })
	r.Ranking = ranking
	crowd, err := preference.CrowdBradleyTerry(table, gold)
	if err != nil {
		return err
	}
	for w := range crowd.Raters {
		c := crowd.Raters[w]
		r.Raters[w].Reliability, r.Raters[w].ReliabilityLower, r.Raters[w].ReliabilityUpper = c.Value, c.Lower, c.Upper
	}
	return nil
}

// items are those of all games, ascending.
func (j *judged) items() []item.Hash {
	var items []item.Hash
	for t, g := range j.tasks {
		if len(j.of(t)) > 0 {
			items = append(items, g.subjects...)
		}
	}
	slices.SortFunc(items, func(a, b item.Hash) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(items)
}

// games are the answers that count, and the outcomes that gold tells.
func (j *judged) games(items []item.Hash) (*preference.Table, []preference.Game, error) {
	place := make(map[item.Hash]int, len(items))
	for i, h := range items {
		place[h] = i
	}
	outcomes := map[string]preference.Outcome{
		program.AnswerLeft: preference.LeftWins, program.AnswerRight: preference.RightWins,
		program.AnswerTie: preference.Tie, program.AnswerNeither: preference.Neither,
	}
	table := new(preference.Table)
	var gold []preference.Game
	for t, g := range j.tasks {
		if len(j.of(t)) == 0 {
			continue
		}
		game := preference.Game{Left: place[g.subjects[0]], Right: place[g.subjects[1]]}
		for i := j.first[t]; i < j.first[t+1]; i++ {
			game.Outcome, game.Rater = outcomes[j.answer[i]], int(j.rater[i])
			if err := table.Add(game, 1); err != nil {
				return nil, nil, err
			}
		}
		if g.truth == program.AnswerLeft || g.truth == program.AnswerRight {
			gold = append(gold, preference.Game{Left: game.Left, Right: game.Right, Outcome: outcomes[g.truth], Rater: preference.NoRater})
		}
	}
	return table, gold, nil
}

// covariance is the sandwich, which takes raters as independent, and where raters are too
// few or too alike for it, Fisher's, which takes games as independent.
func (j *judged) covariance(fit *preference.Fit) (*preference.Covariance, string) {
	c, err := fit.Sandwich()
	if err != nil {
		return fit.Fisher(), "fisher"
	}
	varied := make([]bool, len(fit.Components))
	for i, component := range fit.Components {
		varied[component] = varied[component] || c.Error(i) > 1e-6
	}
	for _, component := range fit.Components {
		if !varied[component] {
			return fit.Fisher(), "fisher"
		}
	}
	return c, "sandwich"
}
