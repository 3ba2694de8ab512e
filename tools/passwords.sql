-- Read by docker-compose.yml's database when it is made: the passwords pages and jobs come with.
\getenv app_password APP_PASSWORD
\getenv job_password JOB_PASSWORD
ALTER ROLE fravaer_app PASSWORD :'app_password';
ALTER ROLE fravaer_job PASSWORD :'job_password';
