-- Shared calendars on MySQL 8.0 and later. Text compares byte by byte (utf8mb4_0900_bin), as DynamoDB's keys do;
-- the application writes emails in small letters.

CREATE TABLE users (
  id               CHAR(36)     NOT NULL,
  email            VARCHAR(255) NOT NULL,
  name             VARCHAR(100) NOT NULL,
  provider         VARCHAR(20)  NULL,
  provider_subject VARCHAR(255) NULL,
  created_at       DATETIME(3)  NOT NULL,
  updated_at       DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_users_email (email),
  UNIQUE KEY uq_users_provider (provider, provider_subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE calendars (
  id          CHAR(36)     NOT NULL,
  name        VARCHAR(100) NOT NULL,
  color       CHAR(7)      NOT NULL,
  description TEXT         NULL,
  created_at  DATETIME(3)  NOT NULL,
  updated_at  DATETIME(3)  NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE memberships (
  calendar_id CHAR(36)    NOT NULL,
  user_id     CHAR(36)    NOT NULL,
  role        ENUM('owner','writer','reader') NOT NULL,
  created_at  DATETIME(3) NOT NULL,
  updated_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (calendar_id, user_id),
  KEY ix_memberships_user (user_id),
  CONSTRAINT fk_memberships_calendar FOREIGN KEY (calendar_id) REFERENCES calendars (id) ON DELETE CASCADE,
  CONSTRAINT fk_memberships_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- `date` is the first day of an entry, by which it is found; what else there is to its time stands in `kind`.
CREATE TABLE entries (
  id          CHAR(36)     NOT NULL,
  calendar_id CHAR(36)     NOT NULL,
  date        DATE         NOT NULL,
  kind        JSON         NOT NULL,
  title       VARCHAR(200) NOT NULL,
  description TEXT         NULL,
  location    VARCHAR(200) NULL,
  created_at  DATETIME(3)  NOT NULL,
  updated_at  DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  KEY ix_entries_calendar (calendar_id, date),
  CONSTRAINT fk_entries_calendar FOREIGN KEY (calendar_id) REFERENCES calendars (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
