-- A database of unusual types, names and keys, for MySQL 8.0 and later and MariaDB: every row of the value table.

CREATE TABLE numbers (
  id             INT               NOT NULL,
  flag           TINYINT(1)        NULL,
  tiny_number    TINYINT(1)        NULL, -- an integer of one digit, whatever its type suggests
  tiny           TINYINT           NULL,
  tiny_u         TINYINT UNSIGNED  NULL,
  small          SMALLINT          NULL,
  small_u        SMALLINT UNSIGNED NULL,
  medium         MEDIUMINT         NULL,
  medium_u       MEDIUMINT UNSIGNED NULL,
  normal         INT               NULL,
  normal_u       INT UNSIGNED      NULL,
  big            BIGINT            NULL,
  big_u          BIGINT UNSIGNED   NULL,
  exact          DECIMAL(38,10)    NULL,
  exact_whole    DECIMAL(38,0)     NULL,
  exact_fraction DECIMAL(30,30)    NULL,
  exact_u        DECIMAL(12,2) UNSIGNED NULL,
  single         FLOAT             NULL,
  wide           DOUBLE            NULL,
  wide_text      DOUBLE            NULL, -- stored as text, for what no DynamoDB number holds
  born           YEAR              NULL,
  one_bit        BIT(1)            NULL,
  nine_bits      BIT(9)            NULL,
  all_bits       BIT(64)           NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE texts (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  fixed       CHAR(20)        NULL,
  short       VARCHAR(200)    NULL,
  western     VARCHAR(200) CHARACTER SET latin1 COLLATE latin1_bin NULL,
  folded      VARCHAR(200) COLLATE utf8mb4_unicode_ci NULL,
  tiny        TINYTEXT        NULL,
  plain       TEXT            NOT NULL,
  medium      MEDIUMTEXT      NULL,
  long_text   LONGTEXT        NULL,
  kind        ENUM('', 'a', 'A b', 'it''s', 'ä,ö', '日本') NULL,
  kind_needed ENUM('one', 'two') NOT NULL DEFAULT 'two',
  tags        SET('a', 'A b', 'it''s', 'ä', '日本') NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE moments (
  id        SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  day       DATE         NULL,
  at0       DATETIME     NULL,
  at1       DATETIME(1)  NULL,
  at3       DATETIME(3)  NULL,
  at6       DATETIME(6)  NULL,
  stamp0    TIMESTAMP    NULL,
  stamp3    TIMESTAMP(3) NULL,
  stamp6    TIMESTAMP(6) NULL,
  span0     TIME         NULL,
  span2     TIME(2)      NULL,
  span6     TIME(6)      NULL,
  born      YEAR         NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE bytes_and_shapes (
  id          BINARY(16)     NOT NULL,
  fixed       BINARY(4)      NULL,
  varied      VARBINARY(100) NULL,
  tiny        TINYBLOB       NULL,
  plain       BLOB           NOT NULL,
  medium      MEDIUMBLOB     NULL,
  long_blob   LONGBLOB       NULL,
  document    JSON           NULL,
  as_text     JSON           NULL, -- stored as text, which keeps 1.0 apart from 1
  shape       GEOMETRY       NULL, -- of any reference system, each row its own
  place       POINT          NULL /*!80003 SRID 4326 */,
  area        POLYGON        NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- A key of several columns of several types, not in the order of the columns; and child rows, whose
-- AUTO_INCREMENT column is neither first nor the whole key.
CREATE TABLE measurements (
  note      VARCHAR(100) NULL,
  probe     BINARY(16)   NOT NULL,
  day       DATE         NOT NULL,
  site      VARCHAR(50)  NOT NULL,
  reading   DECIMAL(12,6) NULL,
  PRIMARY KEY (site, day, probe)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE samples (
  site      VARCHAR(50)  NOT NULL,
  day       DATE         NOT NULL,
  probe     BINARY(16)   NOT NULL,
  position  INT UNSIGNED NOT NULL,
  serial    BIGINT       NOT NULL AUTO_INCREMENT,
  taken     DATETIME(6)  NULL,
  amount    DOUBLE       NULL,
  marks     SET('x', 'y') NOT NULL,
  raw       VARBINARY(20) NULL,
  extra     JSON         NULL,
  PRIMARY KEY (site, day, probe, position),
  UNIQUE KEY uq_serial (serial),
  CONSTRAINT fk_samples FOREIGN KEY (site, day, probe) REFERENCES measurements (site, day, probe) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- No primary key; the unique index tells rows apart.
CREATE TABLE settings (
  value     TEXT         NULL,
  scope     VARCHAR(20)  NOT NULL,
  name      VARCHAR(40)  NOT NULL,
  UNIQUE KEY uq_setting (scope, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- Rows that refer to rows of the same table, to themselves and in circles too.
CREATE TABLE nodes (
  label     VARCHAR(40)  NOT NULL,
  parent    INT          NULL,
  id        INT          NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (id),
  KEY ix_parent (parent),
  CONSTRAINT fk_parent FOREIGN KEY (parent) REFERENCES nodes (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

-- Reserved words, spaces, dashes, dots, quotes, percent signs, and letters from elsewhere; and what MySQL computes.
CREATE TABLE `order` (
  `select`       INT          NOT NULL AUTO_INCREMENT,
  `group`        VARCHAR(20)  NULL,
  `e-mail`       VARCHAR(60)  NULL,
  `100% of it`   INT          NULL,
  `größe (cm)`   DECIMAL(6,2) NULL,
  `日本`         VARCHAR(20)  NULL,
  `a``b:c`       INT          NULL,
  `doubled`      INT GENERATED ALWAYS AS (`100% of it` * 2) VIRTUAL,
  `kept length`  INT GENERATED ALWAYS AS (CHAR_LENGTH(`group`)) STORED,
  PRIMARY KEY (`select`),
  KEY `ix group` (`kept length`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE `Straße & Haus-Nr.` (
  `key`   INT         NOT NULL,
  `Haus`  VARCHAR(20) NOT NULL,
  PRIMARY KEY (`key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
