CREATE TABLE notes (
  id INT UNSIGNED NOT NULL PRIMARY KEY,
  title VARCHAR(100) NOT NULL,
  user_id INT UNSIGNED NOT NULL,
  UNIQUE KEY one_title (user_id, title)
);
