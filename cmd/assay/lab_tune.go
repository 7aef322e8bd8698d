package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/lab"
)

// labTune builds "assay lab tune": a search for better parameters.
func (a *app) labTune(of measuring) *cobra.Command {
	var f studyFlags
	cmd := &cobra.Command{
		Use:   "tune SPACE.yaml",
		Short: "Search a space of scoring parameters for the best that keep the constraints.",
		Example: `  assay lab tune space.yaml --out ./tune                       200 points by CMA-ES, from the parameters that ship
  assay lab tune space.yaml --out ./tune --points 1000 --runs 8
  assay lab zoo --parameters ./tune/best.yaml                  what it is worth against every adversary

  SPACE.yaml is that of assay lab sweep. All points are measured with the same seeds, and the best once more with
  others, since the best of many is the luckiest too.`,
		Args: exactly(1, "a file that says what is varied"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.look(func(ctx context.Context, se session) error {
				kind := kindOfStudy{command: "tune", settings: map[string]string{"points": strconv.Itoa(f.points)}}
				kind.run = func(ctx context.Context, study *lab.Study, folder *lab.Folder) (*lab.Result, error) {
					return study.Tune(ctx, folder, f.points)
				}
				return runStudy(ctx, se, args[0], f, of, kind)
			})
		},
	}
	f.bind(cmd.Flags(), 200, "that are measured")
	return cmd
}
