"""leadcrm: lead intake and CRM for licensed insurance agencies.

The Celery application is `leadcrm.celery`; LeadcrmConfig.ready loads it, so that what needs no Django stays light.
"""
