package export

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/aggregate"
)

// rankedRow is a row of ranking.parquet.
type rankedRow struct {
	Item     string  `parquet:"item"`
	Title    *string `parquet:"title,optional"`
	Strength float64 `parquet:"strength"`
	Lower    float64 `parquet:"lower"`
	Upper    float64 `parquet:"upper"`
	RankLow  int32   `parquet:"rank_low"`
	RankHigh int32   `parquet:"rank_high"`
	Games    int64   `parquet:"games"`
}

// RankingColumns are those of ranking.parquet; ranking.csv has them without the title,
// which may hold anything.
func RankingColumns() []Column {
	return []Column{
		{"item", "string", "content id of the item"},
		{"title", "string", "title of the item; null of items without"},
		{"strength", "float64", "strength in logits: ahead by 1 wins 73 % of the games; they sum to zero"},
		{"lower", "float64", "lower bound of the strength, level 0.95"},
		{"upper", "float64", "upper bound of the strength, level 0.95"},
		{"rank_low", "int32", "best rank that the games allow, 1 for the first"},
		{"rank_high", "int32", "worst rank that the games allow"},
		{"games", "int64", "answers about pairs with the item"},
	}
}

// writeRanking writes the ranking twice, best first.
func (d *Dataset) writeRanking(ctx context.Context, f *folder) error {
	titles := d.titles()
	err := f.create(rankingParquet, func(w io.Writer) error {
		_, err := writeParquet(ctx, w, d.Labels.Ranking.Items, func(r aggregate.Ranked) (rankedRow, int, error) {
			return rankedRow{r.Item.String(), titles[r.Item], r.Strength, r.Lower, r.Upper, int32(r.RankLow), int32(r.RankHigh), r.Games}, 200, nil
		})
		return err
	})
	if err != nil {
		return err
	}
	return f.create(rankingCSV, func(w io.Writer) error {
		out := csv.NewWriter(w)
		header := []string{"item", "strength", "lower", "upper", "rank_low", "rank_high", "games"}
		if err := out.Write(header); err != nil {
			return err
		}
		for _, r := range d.Labels.Ranking.Items {
			row := []string{r.Item.String(), digits(r.Strength), digits(r.Lower), digits(r.Upper), strconv.Itoa(r.RankLow), strconv.Itoa(r.RankHigh), strconv.FormatInt(r.Games, 10)}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
}

// titles are those of the items of the rows. An item whose every row is left out for its
// licence has none.
func (d *Dataset) titles() map[item.Hash]*string {
	titles := map[item.Hash]*string{}
	for _, t := range d.rows {
		subjects, err := d.subjects(t)
		if err != nil {
			continue // choose has refused it already
		}
		for _, s := range subjects {
			titles[s.id] = s.title
		}
	}
	return titles
}

// digits is a number in as few digits as tell it.
func digits(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
