"""How fast the ledger is, each time beside a reference in the same run: `script/bench --list`."""
