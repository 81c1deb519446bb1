"""How any job runs. Read registry → queue → executor → worker; what a job does is in `<app>/jobs.py`."""
