"""Evidence that shows when it was changed: rows are noted, sealed in batches, chained, verified, erased.

kinds.py      what is evidence, one entry a kind           triggers.py   the database's part
leaves.py     a row's commitment                           merkle.py     the root over a batch, and paths to it
sealing.py    the one writer of batches                    chain.py      what links them; the head that is exported
verify.py     finds what was changed                       proofs.py     what lets others verify one row
forgetting.py erases the personal half, keeps the rest provable      vault.py   the half that is kept sealed meanwhile
subject.py    everything that hangs on one number
"""
