package export

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/assaynet/assay/program"
)

// header is the card's YAML header in the Hub's vocabulary.
func (d *Dataset) header(files []File, o Options, size int64) ([]byte, error) {
	h := yaml.MapSlice{{Key: "pretty_name", Value: d.title()}}
	if len(o.Languages) > 0 {
		h = append(h, yaml.MapItem{Key: "language", Value: o.Languages})
	}
	h = append(h, d.licenceHeader()...)
	h = append(h,
		yaml.MapItem{Key: "task_categories", Value: []string{d.taskCategory()}},
		yaml.MapItem{Key: "size_categories", Value: []string{sizeCategory(len(d.rows))}},
		// Labellers are people or programs; a key does not say which.
		yaml.MapItem{Key: "annotations_creators", Value: []string{"crowdsourced", "machine-generated"}},
		yaml.MapItem{Key: "source_datasets", Value: []string{"original"}},
		yaml.MapItem{Key: "tags", Value: []string{"assay", "croissant", "labels", string(d.Program.Answers.Type)}})
	configs := []yaml.MapSlice{configOf("default", "train", "data/train-*.parquet", true)}
	infos := []yaml.MapSlice{infoOf("default", Columns(d.Program), "train", len(d.rows), size, bytesIn(files, "data/"))}
	if d.Labels.Ranking != nil {
		configs = append(configs, configOf("ranking", "train", rankingParquet, false))
		n := bytesIn(files, rankingParquet)
		infos = append(infos, infoOf("ranking", RankingColumns(), "train", len(d.Labels.Ranking.Items), n, n))
	}
	h = append(h, yaml.MapItem{Key: "configs", Value: configs}, yaml.MapItem{Key: "dataset_info", Value: infos})
	return yaml.Marshal(h)
}

// title is the dataset's name for people.
func (d *Dataset) title() string { return "Labels of the program " + d.Program.Name }

// licenceHeader is the Hub's names of the licences, or other where one has no such name.
func (d *Dataset) licenceHeader() yaml.MapSlice {
	names, hub := []string{}, hubLicences()
	for _, id := range d.licences() {
		name, ok := hub[id]
		if !ok {
			return yaml.MapSlice{{Key: "license", Value: "other"}, {Key: "license_name", Value: strings.Join(d.licences(), " AND ")}, {Key: "license_link", Value: licenceFile}}
		}
		names = append(names, name)
	}
	if len(names) == 1 {
		return yaml.MapSlice{{Key: "license", Value: names[0]}}
	}
	return yaml.MapSlice{{Key: "license", Value: names}}
}

func (d *Dataset) taskCategory() string {
	if d.Program.Answers.Type == program.Pairwise {
		return "text-ranking"
	}
	return "text-classification"
}

// sizeCategory is the Hub's name for a number of rows.
func sizeCategory(rows int) string {
	names := []string{"n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M"}
	i, bound := 0, 1000
	for i+1 < len(names) && rows >= bound {
		i, bound = i+1, bound*10
	}
	return names[i]
}

func configOf(name, split, path string, first bool) yaml.MapSlice {
	c := yaml.MapSlice{{Key: "config_name", Value: name}}
	if first {
		c = append(c, yaml.MapItem{Key: "default", Value: true})
	}
	return append(c, yaml.MapItem{Key: "data_files", Value: []yaml.MapSlice{{{Key: "split", Value: split}, {Key: "path", Value: path}}}})
}

func infoOf(name string, columns []Column, split string, rows int, size, download int64) yaml.MapSlice {
	var features []yaml.MapSlice
	for _, c := range columns {
		f := yaml.MapSlice{{Key: "name", Value: c.Name}}
		switch c.Type {
		case "strings":
			f = append(f, yaml.MapItem{Key: "sequence", Value: "string"})
		case "timestamp":
			f = append(f, yaml.MapItem{Key: "dtype", Value: "timestamp[us, tz=UTC]"})
		default:
			f = append(f, yaml.MapItem{Key: "dtype", Value: c.Type})
		}
		features = append(features, f)
	}
	return yaml.MapSlice{
		{Key: "config_name", Value: name},
		{Key: "features", Value: features},
		{Key: "splits", Value: []yaml.MapSlice{{{Key: "name", Value: split}, {Key: "num_bytes", Value: size}, {Key: "num_examples", Value: rows}}}},
		{Key: "download_size", Value: download},
		{Key: "dataset_size", Value: size},
	}
}

// bytesIn is the size of the files whose names begin so.
func bytesIn(files []File, prefix string) int64 {
	n := int64(0)
	for _, f := range files {
		if strings.HasPrefix(f.Name, prefix) {
			n += f.Bytes
		}
	}
	return n
}

// named is a file by its name.
func named(files []File, name string) (File, bool) {
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return files[i], true
}
