-- A calendar, on MySQL 8.0 and later: single events, recurring series with the occurrences that differ from them, and
-- what a user prefers. Text compares byte by byte, as DynamoDB's keys do; times are UTC. Tags and reminders are JSON
-- arrays whose order means nothing.

CREATE TABLE events (
  user_id          VARCHAR(64)  NOT NULL,
  id               CHAR(26)     NOT NULL,
  title            VARCHAR(500) NOT NULL,
  description      TEXT         NULL,
  is_all_day       TINYINT(1)   NOT NULL DEFAULT 0,
  start_utc        DATETIME(3)  NOT NULL,
  end_utc          DATETIME(3)  NOT NULL,
  start_tzid       VARCHAR(64)  NOT NULL DEFAULT 'UTC',
  location         VARCHAR(255) NULL,
  color            VARCHAR(32)  NULL,
  status           ENUM('CONFIRMED','TENTATIVE','CANCELLED') NOT NULL DEFAULT 'CONFIRMED',
  tags             JSON         NOT NULL,
  reminder_minutes JSON         NOT NULL,
  hold_until       DATETIME     NULL,
  version          INT UNSIGNED NOT NULL,
  created_at       DATETIME(3)  NOT NULL,
  updated_at       DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, id),
  KEY ix_events_start (user_id, start_utc, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE masters (
  user_id          VARCHAR(64)  NOT NULL,
  id               CHAR(26)     NOT NULL,
  title            VARCHAR(500) NOT NULL,
  description      TEXT         NULL,
  is_all_day       TINYINT(1)   NOT NULL DEFAULT 0,
  start_utc        DATETIME(3)  NOT NULL,
  end_utc          DATETIME(3)  NOT NULL,
  start_tzid       VARCHAR(64)  NOT NULL DEFAULT 'UTC',
  location         VARCHAR(255) NULL,
  color            VARCHAR(32)  NULL,
  status           ENUM('CONFIRMED','TENTATIVE','CANCELLED') NOT NULL DEFAULT 'CONFIRMED',
  tags             JSON         NOT NULL,
  reminder_minutes JSON         NOT NULL,
  rrule            VARCHAR(500) NOT NULL,
  rrule_until      DATETIME(3)  NULL,
  exdate           JSON         NOT NULL,
  version          INT UNSIGNED NOT NULL,
  created_at       DATETIME(3)  NOT NULL,
  updated_at       DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, id),
  KEY ix_masters_id (id),
  KEY ix_masters_start (user_id, start_utc, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- An occurrence of a series that differs from it: at most one a day.
CREATE TABLE instances (
  user_id          VARCHAR(64)  NOT NULL,
  master_id        CHAR(26)     NOT NULL,
  day              DATE         NOT NULL,
  title            VARCHAR(500) NOT NULL,
  description      TEXT         NULL,
  is_all_day       TINYINT(1)   NOT NULL DEFAULT 0,
  start_utc        DATETIME(3)  NOT NULL,
  end_utc          DATETIME(3)  NOT NULL,
  start_tzid       VARCHAR(64)  NOT NULL DEFAULT 'UTC',
  location         VARCHAR(255) NULL,
  color            VARCHAR(32)  NULL,
  status           ENUM('CONFIRMED','TENTATIVE','CANCELLED') NOT NULL DEFAULT 'CONFIRMED',
  tags             JSON         NOT NULL,
  reminder_minutes JSON         NOT NULL,
  recurrence_id    DATETIME(3)  NOT NULL,
  modified_fields  JSON         NOT NULL,
  version          INT UNSIGNED NOT NULL,
  created_at       DATETIME(3)  NOT NULL,
  updated_at       DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id, master_id, day),
  KEY ix_instances_master (master_id, day),
  KEY ix_instances_start (user_id, start_utc, master_id, day),
  CONSTRAINT fk_instances_master FOREIGN KEY (user_id, master_id) REFERENCES masters (user_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE user_meta (
  user_id     VARCHAR(64)  NOT NULL,
  preferences JSON         NOT NULL,
  stats       JSON         NOT NULL,
  version     INT UNSIGNED NOT NULL,
  created_at  DATETIME(3)  NOT NULL,
  updated_at  DATETIME(3)  NOT NULL,
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
