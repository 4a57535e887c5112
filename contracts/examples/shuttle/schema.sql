-- Bulk import jobs for shops, on MySQL 8.0 and later, as an ORM keeps them: every time is a number of milliseconds
-- since 1970 (UTC), every document is JSON. Text compares byte by byte, as DynamoDB's keys do.

CREATE TABLE shops (
  domain         VARCHAR(200)    NOT NULL,
  name           VARCHAR(200)    NOT NULL,
  plan           ENUM('FREE','SMALL','MEDIUM','LARGE') NOT NULL DEFAULT 'FREE',
  access_token   VARCHAR(200)    NOT NULL,
  installed_at   BIGINT UNSIGNED NOT NULL,
  uninstalled_at BIGINT UNSIGNED NULL,
  billing_status ENUM('NONE','PENDING','ACTIVE','CANCELLED') NOT NULL DEFAULT 'NONE',
  settings       JSON            NULL,
  PRIMARY KEY (domain)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE jobs (
  id             CHAR(26)        NOT NULL,
  shop           VARCHAR(200)    NOT NULL,
  type           ENUM('IMPORT','EXPORT') NOT NULL,
  mode           ENUM('CREATE','UPDATE','UPSERT') NOT NULL DEFAULT 'UPSERT',
  status         ENUM('QUEUED','PROCESSING','COMPLETED','FAILED','CANCELLED') NOT NULL DEFAULT 'QUEUED',
  total_rows     INT UNSIGNED    NOT NULL DEFAULT 0,
  processed_rows INT UNSIGNED    NOT NULL DEFAULT 0,
  failed_rows    INT UNSIGNED    NOT NULL DEFAULT 0,
  error_summary  JSON            NULL,
  created_at     BIGINT UNSIGNED NOT NULL,
  finished_at    BIGINT UNSIGNED NULL,
  expires_at     BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id),
  KEY ix_jobs_shop (shop, created_at, id),
  KEY ix_jobs_shop_status (shop, status, created_at, id),
  KEY ix_jobs_status (status, created_at, id),
  CONSTRAINT fk_jobs_shop FOREIGN KEY (shop) REFERENCES shops (domain) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- What was used outlives the shop: it is what was billed. So there is no foreign key.
CREATE TABLE usage_daily (
  shop    VARCHAR(200)    NOT NULL,
  day     DATE            NOT NULL,
  imports BIGINT UNSIGNED NOT NULL DEFAULT 0,
  exports BIGINT UNSIGNED NOT NULL DEFAULT 0,
  records BIGINT UNSIGNED NOT NULL DEFAULT 0,
  errors  BIGINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (shop, day),
  KEY ix_usage_daily_day (day, shop)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE usage_monthly (
  shop    VARCHAR(200)    NOT NULL,
  month   CHAR(7)         NOT NULL,
  imports BIGINT UNSIGNED NOT NULL DEFAULT 0,
  exports BIGINT UNSIGNED NOT NULL DEFAULT 0,
  records BIGINT UNSIGNED NOT NULL DEFAULT 0,
  errors  BIGINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (shop, month),
  KEY ix_usage_monthly_month (month, shop)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE import_schemas (
  shop       VARCHAR(200)      NOT NULL,
  name       VARCHAR(40)       NOT NULL,
  version    SMALLINT UNSIGNED NOT NULL,
  definition JSON              NOT NULL,
  created_at BIGINT UNSIGNED   NOT NULL,
  PRIMARY KEY (shop, name, version),
  CONSTRAINT fk_import_schemas_shop FOREIGN KEY (shop) REFERENCES shops (domain) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- A session comes before its shop: it is made while the shop installs the application.
CREATE TABLE sessions (
  id           VARCHAR(200)    NOT NULL,
  shop         VARCHAR(200)    NOT NULL,
  is_online    TINYINT(1)      NOT NULL,
  user_id      BIGINT UNSIGNED NULL,
  scope        VARCHAR(500)    NOT NULL DEFAULT '',
  access_token VARCHAR(200)    NOT NULL,
  created_at   BIGINT UNSIGNED NOT NULL,
  expires_at   BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id),
  KEY ix_sessions_shop (shop, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
