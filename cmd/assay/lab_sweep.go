package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/lab"
)

// labSweep builds "assay lab sweep": points all over a space of parameters.
func (a *app) labSweep(of measuring) *cobra.Command {
	var f studyFlags
	var method string
	cmd := &cobra.Command{
		Use:   "sweep SPACE.yaml",
		Short: "Measure points all over a space of scoring parameters.",
		Example: `  assay lab sweep space.yaml --out ./sweep                      64 Sobol points
  assay lab sweep space.yaml --out ./sweep --method grid        every combination of the steps of each parameter
  assay lab report ./sweep                                      how each parameter matters

  SPACE.yaml says what is varied and what is wanted:

    parameters:
      good: {range: [0.95, 0.99]}
      alpha: {range: [0.001, 0.05], scale: log}
      gamma: {range: [1, 4], scale: integer}
    minimise:
      worst_ratio: 1
    constraints:
      - honest_false_flag.upper <= 0.01`,
		Args: exactly(1, "a file that says what is varied"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if method != "sobol" && method != "grid" {
				return usageError{fmt.Errorf("--method: %q, want sobol or grid", method)}
			}
			if method == "grid" && cmd.Flags().Changed("points") {
				return usageError{fmt.Errorf("--points: a grid has as many as its steps make; give each parameter steps in the file")}
			}
			return a.look(func(ctx context.Context, se session) error {
				return runStudy(ctx, se, args[0], f, of, sweepBy(method, f.points))
			})
		},
	}
	f.bind(cmd.Flags(), 64, "of the Sobol sequence, best a power of two")
	cmd.Flags().StringVar(&method, "method", "sobol", "`sobol`, whose points lie evenly in any number of parameters, or grid")
	return cmd
}

// sweepBy is a sweep over a grid or over so many Sobol points.
func sweepBy(method string, points int) kindOfStudy {
	k := kindOfStudy{command: "sweep", settings: map[string]string{"method": method}}
	if method == "sobol" {
		k.settings["points"] = strconv.Itoa(points)
	}
	k.run = func(ctx context.Context, study *lab.Study, folder *lab.Folder) (*lab.Result, error) {
		var at []lab.Point
		var err error
		if method == "grid" {
			at, err = study.Space.Grid()
		} else {
			at, err = study.Space.Sobol(points, study.Seed)
		}
		if err != nil {
			return nil, withCode(codeInvalid, err)
		}
		return study.Sweep(ctx, folder, at)
	}
	return k
}
