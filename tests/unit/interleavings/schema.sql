CREATE TABLE notes (
  id    INT         NOT NULL,
  title VARCHAR(20) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;

CREATE TABLE pages (
  id    INT         NOT NULL,
  slug  VARCHAR(20) NOT NULL,
  title VARCHAR(20) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_pages_slug (slug)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin;
