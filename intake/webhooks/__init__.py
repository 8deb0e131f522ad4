"""Telling other systems what happened: noted in the transaction of what it tells, sent by workers afterwards."""
