// Package zoo has the adversaries: what each does, written once, for the simulator and
// for real nodes alike. The names are those under which the attacks are known.
package zoo
