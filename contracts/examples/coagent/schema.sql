-- The workspace of a real estate agent, as a relational application has it. Users are known by the ids of the
-- identity provider; nothing refers to their profile, which may be missing.

CREATE TABLE user_profiles (
  user_id     VARCHAR(64)  NOT NULL,
  name        VARCHAR(120) NOT NULL,
  email       VARCHAR(255) NOT NULL,
  phone       VARCHAR(32)  NULL,
  preferences JSON         NULL,
  newsletter  TINYINT(1)   NOT NULL DEFAULT 1,
  created_at  DATETIME(3)  NOT NULL,
  updated_at  DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE real_estate_agent_profiles (
  user_id          VARCHAR(64)       NOT NULL,
  id               CHAR(26)          NOT NULL,
  agency_name      VARCHAR(160)      NOT NULL,
  license_number   VARCHAR(40)       NULL,
  years_experience SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  rating           DECIMAL(3,2)      NULL,
  service_areas    JSON              NULL,
  bio              TEXT              NULL,
  created_at       DATETIME(3)       NOT NULL,
  updated_at       DATETIME(3)       NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE reviews (
  agent_id    VARCHAR(64)                                  NOT NULL,
  id          CHAR(26)                                     NOT NULL,
  author      VARCHAR(120)                                 NOT NULL,
  source      ENUM('google','zillow','realtor','facebook') NOT NULL,
  rating      TINYINT UNSIGNED                             NOT NULL,
  comment     TEXT                                         NULL,
  reviewed_on DATE                                         NULL,
  reply       TEXT                                         NULL,
  created_at  DATETIME(3)                                  NOT NULL,
  updated_at  DATETIME(3)                                  NOT NULL,
  PRIMARY KEY (agent_id, id),
  KEY ix_reviews_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE brand_audits (
  user_id    VARCHAR(64)                          NOT NULL,
  id         CHAR(26)                             NOT NULL,
  status     ENUM('running','completed','failed') NOT NULL DEFAULT 'running',
  score      SMALLINT UNSIGNED                    NULL,
  findings   JSON                                 NULL,
  created_at DATETIME(3)                          NOT NULL,
  updated_at DATETIME(3)                          NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE competitors (
  user_id        VARCHAR(64)  NOT NULL,
  id             CHAR(26)     NOT NULL,
  name           VARCHAR(160) NOT NULL,
  website        VARCHAR(255) NULL,
  review_count   INT UNSIGNED NOT NULL DEFAULT 0,
  average_rating DECIMAL(3,2) NULL,
  tracked        TINYINT(1)   NOT NULL DEFAULT 1,
  created_at     DATETIME(3)  NOT NULL,
  updated_at     DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE research_reports (
  user_id    VARCHAR(64)  NOT NULL,
  id         CHAR(26)     NOT NULL,
  topic      VARCHAR(200) NOT NULL,
  body       MEDIUMTEXT   NULL,
  sources    JSON         NULL,
  created_at DATETIME(3)  NOT NULL,
  updated_at DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE projects (
  user_id       VARCHAR(64)  NOT NULL,
  id            CHAR(26)     NOT NULL,
  name          VARCHAR(160) NOT NULL,
  archived      TINYINT(1)   NOT NULL DEFAULT 0,
  content_count INT UNSIGNED NOT NULL DEFAULT 0,
  created_at    DATETIME(3)  NOT NULL,
  updated_at    DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE saved_content (
  user_id    VARCHAR(64)                             NOT NULL,
  id         CHAR(26)                                NOT NULL,
  kind       ENUM('listing','social','email','blog') NOT NULL,
  title      VARCHAR(200)                            NOT NULL,
  body       TEXT                                    NOT NULL,
  project_id CHAR(26)                                NULL,
  tags       JSON                                    NULL,
  created_at DATETIME(3)                             NOT NULL,
  updated_at DATETIME(3)                             NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE training_progress (
  user_id      VARCHAR(64)  NOT NULL,
  module       VARCHAR(40)  NOT NULL,
  lessons_done INT UNSIGNED NOT NULL DEFAULT 0,
  score        DECIMAL(5,2) NULL,
  completed_at DATETIME(3)  NULL,
  created_at   DATETIME(3)  NOT NULL,
  updated_at   DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, module)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE marketing_plans (
  user_id    VARCHAR(64)                   NOT NULL,
  id         CHAR(26)                      NOT NULL,
  title      VARCHAR(200)                  NOT NULL,
  status     ENUM('draft','active','done') NOT NULL DEFAULT 'draft',
  budget     DECIMAL(10,2)                 NULL,
  steps      JSON                          NULL,
  created_at DATETIME(3)                   NOT NULL,
  updated_at DATETIME(3)                   NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE review_analyses (
  user_id      VARCHAR(64)  NOT NULL,
  id           CHAR(26)     NOT NULL,
  review_count INT UNSIGNED NOT NULL DEFAULT 0,
  sentiment    DECIMAL(4,3) NULL,
  keywords     JSON         NULL,
  created_at   DATETIME(3)  NOT NULL,
  updated_at   DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE oauth_tokens (
  user_id       VARCHAR(64)   NOT NULL,
  provider      VARCHAR(40)   NOT NULL,
  access_token  VARCHAR(2048) NOT NULL,
  refresh_token VARCHAR(2048) NULL,
  scope         VARCHAR(255)  NULL,
  expires_at    DATETIME(3)   NULL,
  created_at    DATETIME(3)   NOT NULL,
  updated_at    DATETIME(3)   NOT NULL,
  PRIMARY KEY (user_id, provider)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
