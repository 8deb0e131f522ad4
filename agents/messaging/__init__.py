"""Texts and e-mails to a lead's person: wordings, permission, sending, what became of them, what comes back.

Writing one is a row in the transaction of the act (agents.messaging.sending); a worker carries it afterwards
(agents.messaging.carrying); nothing here speaks to a provider inside a transaction.
"""
