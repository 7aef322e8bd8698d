package export

import (
	"fmt"
	"strings"

	"github.com/assaynet/assay/program"
)

// cardGathered says where items and answers are from.
func (d *Dataset) cardGathered(b *strings.Builder) {
	p := d.Program
	b.WriteString("## How it was gathered\n\n")
	if p.Items.Program != "" {
		fmt.Fprintf(b, "The items are those of the program %s, which validators drew from what miners had collected, and checked\nagainst the source. ", plain(p.Items.Program))
	} else {
		fmt.Fprintf(b, "The items are from the file %s of each validator. ", plain(p.Items.File))
	}
	fmt.Fprintf(b, "Each was asked about once, by one validator, of about %d miners at the same time. Who is asked\nfollows from a secret that was fixed beforehand, and answers were committed to before any was shown.\nGold questions look like the others. ", p.Labelling.Redundancy)
	switch {
	case d.Labels.Everyone:
		b.WriteString("No miner had passed the exam when it was last judged: the answers of all of them count.\n\n")
	default:
		b.WriteString("All answers count, earlier ones too, of miners that had passed\nan exam on gold when they were last judged.\n\n")
	}
	if p.Guidelines != "" {
		b.WriteString("The guidelines that labellers saw:\n\n")
		for line := range strings.Lines(strings.ReplaceAll(p.Guidelines, "<", "&lt;")) {
			b.WriteString("> " + strings.TrimRight(line, "\n") + "\n")
		}
		b.WriteString("\n")
	}
	b.WriteString("Where each label comes from, answer by answer, is in `provenance.jsonl`. The records of the validators are signed\nand can be replayed: `assay lab replay` checks every signature, and the same records give the same files, bit for bit.\n\n")
}

// cardColumns lists the columns.
func (d *Dataset) cardColumns(b *strings.Builder) {
	b.WriteString("## Columns\n\n| column | type | what it is |\n|---|---|---|\n")
	for _, c := range Columns(d.Program) {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", c.Name, typeName(c.Type), c.About)
	}
	b.WriteString("\n```python\nimport pandas as pd\nlabels = pd.read_parquet(\"data\")                              # pandas\n\nimport polars as pl\nlabels = pl.read_parquet(\"data/*.parquet\")                    # polars\n\nimport duckdb\nlabels = duckdb.sql(\"FROM 'data/*.parquet'\")                  # DuckDB\n\nfrom datasets import load_dataset\nlabels = load_dataset(\".\", split=\"train\")                     # datasets, in this folder\n```\n\n`sha256sum --check checksums.sha256` checks the files.\n\n")
}

func typeName(t string) string {
	switch t {
	case "strings":
		return "list of string"
	case "timestamp":
		return "timestamp, µs, UTC"
	}
	return t
}

// cardLimits says what the data is not.
func (d *Dataset) cardLimits(b *strings.Builder) {
	b.WriteString("## Limits\n\n")
	for _, l := range d.limits() {
		fmt.Fprintf(b, "- %s\n", l)
	}
	b.WriteString("\n## Personal data\n\n" + d.personal() + "\n\n## Licence\n\n")
	fmt.Fprintf(b, "The labels are under %s. The items keep the licence that their rows state:\n\n", plain(d.Program.Licence))
	for _, c := range d.rowLicences() {
		fmt.Fprintf(b, "- %s: %d rows\n", plain(c.licence), c.rows)
	}
	for _, c := range d.left {
		fmt.Fprintf(b, "- %s: %d rows, left out\n", plain(c.licence), c.rows)
	}
	b.WriteString("\n## Citation\n\n```\n" + d.citation() + "\n```\n")
}

// limits are what is known to be weak, one sentence or two each.
func (d *Dataset) limits() []string {
	out := []string{
		"The stated accuracy is an average. Single labels differ; their `probability` is the method's, and is as good as its model of raters.",
		"Gold stands for the other items only as far as it is a random choice of them. Accuracy on items of another kind is not known.",
		"Miners are independent in what is inferred. Those that share a labeller or a model, and pass the exam, count as several.",
		"A label says what the guidelines ask for, as the labellers read them. It is no fact about the world.",
	}
	if d.Program.Answers.Type == program.Pairwise {
		out = append(out, "A preference is of these raters. A ranking orders the items of this dataset, and no others.")
	}
	if n := d.Labels.Unlabelled; n > 0 {
		out = append(out, fmt.Sprintf("%d questions have no answer that counts, and no row.", n))
	}
	for _, n := range d.Notes {
		out = append(out, plain(n)+".")
	}
	return out
}

// personal says what of people is in the files.
func (d *Dataset) personal() string {
	texts, found := 0, 0
	for _, t := range d.rows {
		subjects, err := d.subjects(t)
		if err != nil {
			continue
		}
		for _, s := range subjects {
			if s.text == nil {
				continue
			}
			texts++
			if addresses(*s.text) || addresses(orEmpty(s.title)) || addresses(orEmpty(s.author)) {
				found++
			}
		}
	}
	return fmt.Sprintf("Texts and authors are as the source gave them. In the corpus that ships with the project, e-mail addresses were scrubbed\n(they read `a***@example`) before it was collected; this export looks for nothing else and changes nothing.\nOf %d texts, %d hold something like an e-mail address. Labellers are pseudonyms that differ from version to version,\nand their comments are not exported.", texts, found)
}

// citation is how to cite the dataset.
func (d *Dataset) citation() string {
	name := strings.Map(func(r rune) rune {
		if wordy(r) || r == '-' {
			return r
		}
		return '-'
	}, d.Program.Name)
	return fmt.Sprintf("@misc{assay-%s,\n  title = {Labels of the program %s},\n  author = {{Validators and miners of subnet %d}},\n  year = {%d},\n  version = {%s}\n}", name, name, d.Netuid, d.Time.Year(), d.Version)
}
