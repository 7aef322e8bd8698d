// Package desk is a miner's labelling work: the tasks that validators handed out, the
// people and programs that answer them over HTTP, and the ledger of what each earned.
//
// A miner calls Assign with each hand-out, Tick at each head of the chain and Seal when
// it commits. Between Assign and Seal a task belongs to one labeller at a time, by a
// lease, and its answer may be changed, withdrawn or replaced by a skip. Seal ends that:
// from then on the answers are items of the miner's index and nothing changes.
//
// A labeller's key costs nothing, and an unanswered task counts as wrong, so that keys
// must not hold tasks, nor keep a desk taking them. One labeller has a task for three
// leases at most, the first and two renewals. Ten leases that ended without an answer
// since its last one stop it for up to an hour (CodeBusy, with the time). The desk goes on
// taking tasks for labellers that answered within the last day. Of the others a few of a
// network and in all have a place for an hour, and bring tasks until some of an earlier
// round are unanswered; the rest bring none. While one that answered is there they have half
// of the open tasks together, and those with a place two each in any case. Where a proxy stands before the desk all are of its network. None of
// this keeps out who answers at random: Config.Labellers does.
//
// The calls take and give JSON:
//
//	GET  /api/v1/desk      whose desk it is, its programs and how much is open
//	POST /api/v1/nonce     a nonce to sign in with
//	POST /api/v1/login     a signed message (EIP-4361) for a token
//	POST /api/v1/tasks     lease tasks of a program
//	POST /api/v1/answers   answer one, signed by the labeller
//	POST /api/v1/withdraw  take an answer or a skip back
//	POST /api/v1/skip      leave a task to others
//	GET  /api/v1/me        what the labeller did and earned
//	GET  /api/v1/ledger    what all did and earned; public
//
// A refusal is {"error":{"code","message","cure"}}; it has changed nothing. See the
// constants Code… for the codes.
package desk
