// Package peer scores workers by each other's labels, where no gold is known, and
// tests pairs of workers for agreement that independent ones would not have.
//
// Three rules pay a label for what it tells about the labels of others, beyond what
// chance gives: CorrelatedAgreement, TruthSerum and DeterminantInformation. All are
// means over every payment that the mechanisms could draw, so that nothing depends on
// luck, and come with a standard error and the number of tasks they rest on. Use them
// as a small bonus for workers with twenty shared tasks or more, and not alone. What
// each resists, with 30 % of the workers attacking:
//
//	attack                                    CA      PTS     DMI
//	labels at random, independent             yes     yes     yes, weak for K > 2
//	one label for all tasks                   yes     yes     yes, weak for K > 2
//	one label, on tasks chosen for it         yes     no      yes
//	colluders who share a signal, as a hash   no      no      no
//	copies of one honest worker               no      no      no
//
// Paying for plain agreement resists not even the second: one who always gives the
// commonest label earns more than honest workers do. No rule that sees only labels
// can resist the last two. Colluders make a second, stronger correlation, and copies
// tell as much about other labels as what they are copies of. Against these stand gold
// tasks, assignments that workers cannot foresee, sealed answers, a bound on one
// operator's share of a task, and ExcessAgreement, which is an alarm.
//
// None of this means anything where one party may hold half of the keys.
//
// Tasks, workers and classes are numbers from 0. All is a pure function of its
// arguments; randomness comes from a seed.
package peer
