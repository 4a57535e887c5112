-- A library that holds what the shop lacks: every type of column, ids of every strategy, composite keys,
-- times to live, sets, JSON, sparse indexes, a case-insensitive column.

CREATE TABLE languages (
  code VARCHAR(5)  NOT NULL,
  name VARCHAR(40) NOT NULL,
  PRIMARY KEY (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE branches (
  code        VARCHAR(8)   NOT NULL,
  name        VARCHAR(60)  NOT NULL,
  parent_code VARCHAR(8)   NULL,
  floors      TINYINT      NOT NULL DEFAULT 1,
  hours       JSON         NULL,
  opened      DATE         NULL,
  version     INT UNSIGNED NOT NULL,
  PRIMARY KEY (code),
  UNIQUE KEY uq_branches_name (name),
  KEY ix_branches_parent (parent_code),
  CONSTRAINT fk_branches_parent FOREIGN KEY (parent_code) REFERENCES branches (code) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- The email compares without regard to case or accents, as most applications' do; everything else byte by byte.
CREATE TABLE members (
  id         CHAR(26)      NOT NULL,
  email      VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL,
  name       VARCHAR(60)   NOT NULL,
  pin        VARCHAR(60)   NULL,
  staff      TINYINT(1)    NOT NULL DEFAULT 0,
  card       INT UNSIGNED  NULL,
  points     INT           NOT NULL DEFAULT 0,
  balance    DECIMAL(8,2)  NOT NULL DEFAULT 0.00,
  interests  SET('art','history','science') NOT NULL DEFAULT '',
  joined     DATE          NULL,
  version    INT UNSIGNED  NOT NULL,
  created_at DATETIME(6)   NOT NULL,
  updated_at DATETIME(6)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_members_email (email),
  UNIQUE KEY uq_members_card (card),
  KEY ix_members_staff (staff, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE books (
  id            CHAR(36)      NOT NULL,
  shelf         VARCHAR(16)   NOT NULL,
  title         VARCHAR(120)  NOT NULL,
  language_code VARCHAR(5)    NULL,
  copies        INT UNSIGNED  NOT NULL DEFAULT 1,
  price         DECIMAL(8,2)  NULL,
  width         INT UNSIGNED  NULL,
  height        INT UNSIGNED  NULL,
  remarks       JSON          NULL,
  PRIMARY KEY (id),
  KEY ix_books_shelf (shelf, title),
  KEY ix_books_language (language_code, title),
  CONSTRAINT fk_books_language FOREIGN KEY (language_code) REFERENCES languages (code) ON DELETE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE chapters (
  id      INT UNSIGNED NOT NULL AUTO_INCREMENT,
  book_id CHAR(36)     NOT NULL,
  title   VARCHAR(80)  NOT NULL,
  pages   INT UNSIGNED NULL,
  price   DECIMAL(6,2) NULL,
  added   DATETIME(3)  NULL,
  free    TINYINT(1)   NOT NULL,
  PRIMARY KEY (id),
  KEY ix_chapters_book (book_id),
  CONSTRAINT fk_chapters_book FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE loans (
  member_id   CHAR(26)          NOT NULL,
  book_id     CHAR(36)          NOT NULL,
  copy        SMALLINT UNSIGNED NOT NULL,
  state       ENUM('out','late','back') NOT NULL DEFAULT 'out',
  due         DATETIME(3)       NOT NULL,
  fine        DECIMAL(8,2)      NULL,
  branch_code VARCHAR(8)        NULL,
  note        VARCHAR(200)      NULL,
  PRIMARY KEY (member_id, book_id, copy),
  KEY ix_loans_book (book_id),
  KEY ix_loans_branch (branch_code, due),
  KEY ix_loans_state (state, due),
  CONSTRAINT fk_loans_branch FOREIGN KEY (branch_code) REFERENCES branches (code) ON DELETE SET NULL,
  CONSTRAINT fk_loans_member FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE,
  CONSTRAINT fk_loans_book FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- Fines are kept after the loan is over, and refer to it while it is there.
CREATE TABLE fines (
  id        BIGINT UNSIGNED   NOT NULL AUTO_INCREMENT,
  member_id CHAR(26)          NOT NULL,
  book_id   CHAR(36)          NOT NULL,
  copy      SMALLINT UNSIGNED NOT NULL,
  amount    DECIMAL(8,2)      NOT NULL,
  paid      DECIMAL(8,2)      NOT NULL DEFAULT 0.00,
  PRIMARY KEY (id),
  KEY ix_fines_loan (member_id, book_id, copy)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE visits (
  id        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  member_id CHAR(26)        NOT NULL,
  start     DATETIME(3)     NOT NULL,
  minutes   INT UNSIGNED    NULL,
  room      VARCHAR(20)     NULL,
  PRIMARY KEY (id),
  KEY ix_visits_member (member_id, start),
  KEY ix_visits_room (room, start)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE sessions (
  token     VARCHAR(64)  NOT NULL,
  member_id CHAR(26)     NOT NULL,
  device    VARCHAR(40)  NULL,
  expires   DATETIME     NULL,
  hits      INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (token),
  UNIQUE KEY uq_sessions_device (device),
  KEY ix_sessions_member (member_id, token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE tickets (
  number     BIGINT UNSIGNED NOT NULL,
  seat       VARCHAR(8)      NOT NULL,
  until      BIGINT UNSIGNED NULL,
  issued_at  BIGINT UNSIGNED NOT NULL,
  changed_at BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE specimens (
  code     VARCHAR(32)        NOT NULL,
  flag     TINYINT(1)         NULL,
  tiny     TINYINT            NULL,
  small    SMALLINT UNSIGNED  NULL,
  middle   MEDIUMINT          NULL,
  whole    INT                NOT NULL DEFAULT 0,
  big      BIGINT             NULL,
  huge     BIGINT UNSIGNED    NULL,
  amount   DECIMAL(10,2)      NULL,
  exact_   DECIMAL(38,10)     NULL,
  debt     DECIMAL(6,2) UNSIGNED NULL,
  ratio    DOUBLE             NULL,
  single   FLOAT              NULL,
  letters  CHAR(8)            NULL,
  name     VARCHAR(40)        NULL,
  body     TEXT               NULL,
  kind     ENUM('seed','leaf','bark') NULL,
  tags     SET('wet','dry','rare') NOT NULL DEFAULT '',
  marks    SET('x','y','z')   NULL,
  labels   JSON               NOT NULL,
  counts   JSON               NULL,
  day      DATE               NULL,
  at0      DATETIME           NULL,
  at3      DATETIME(3)        NULL,
  at6      DATETIME(6)        NULL,
  stamp    TIMESTAMP(3)       NULL,
  span     TIME               NULL,
  span3    TIME(3)            NULL,
  vintage  YEAR               NULL,
  fixed_   BINARY(4)          NULL,
  raw      VARBINARY(16)      NULL,
  picture  BLOB               NULL,
  bits     BIT(12)            NULL,
  one      BIT(1)             NULL,
  doc      JSON               NULL,
  notes    JSON               NULL,
  came     JSON               NULL,
  place    GEOMETRY           NULL,
  seen     DATETIME(3)        NULL,
  heard    DATETIME           NULL,
  digest   VARBINARY(16)      NULL,
  version  INT UNSIGNED       NOT NULL,
  PRIMARY KEY (code),
  KEY ix_specimens_raw (raw)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
