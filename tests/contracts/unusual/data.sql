-- The edges of every type, and NULL in every column that takes it. What no DynamoDB item can hold is not here:
-- tests/integration/unusual tests that it is refused.
SET time_zone = '+00:00';

INSERT INTO numbers VALUES
  (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (-2147483648, 0, -128, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0,
   -9999999999999999999999999999.9999999999, -99999999999999999999999999999999999999, -0.999999999999999999999999999999, 0,
   -3.402823466e38, -9.9999999999999e125, -1.7976931348623157e308, 1901, b'0', b'000000000', 0),
  (2147483647, 1, 127, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615,
   9999999999999999999999999999.9999999999, 99999999999999999999999999999999999999, 0.999999999999999999999999999999, 9999999999.99,
   3.402823466e38, 9.9999999999999e125, 1.7976931348623157e308, 2155, b'1', b'111111111', 18446744073709551615),
  (1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'0', b'0', b'0'),
  (2, 0, 99, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, 0.0000000001, -1, 0.000000000000000000000000000001, 0.01,
   1.401298e-45, 1e-130, 4.9406564584124654e-324, 1970, b'1', b'100000001', 0x8000000000000001),
  (3, 1, 0, 1, 2, 1, 2, 1, 2, 1, 2, 9007199254740993, 9007199254740993, 10.5000000000, 1000, 0.1, 10.50,
   0.1, 0.1, 2.2250738585072014e-308, 2000, b'0', b'010101010', 0x0102030405060708),
  (4, NULL, -2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 123456789012345678, 12345678901234567890, 1234567890123456789012345678.0123456789,
   12345678901234567890123456789012345678, -0.000000000000000000000000000001, 1.10, 16777217, 123456789.12345679, 1e200, 1999, NULL, NULL, 1),
  (5, 0, 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, -0.1, 0, -0.5, 0.10, 1.1754944e-38, 5e-324 + 1e-100, -1e-300, 2026, b'1', b'1', 255);

INSERT INTO texts (id, fixed, short, western, folded, tiny, plain, medium, long_text, kind, kind_needed, tags) VALUES
  (1, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, 'one', ''),
  (2, '', '', '', '', '', '', '', '', '', 'two', 'a,A b,it''s,ä,日本'),
  (3, 'trailing  ', 'trailing  ', ' both ', 'Folded ', '  leading', '   ', ' ', '\t', 'a', 'one', 'a'),
  (4, '日本', '𝄞😀𝔘', 'ÿþ äöü €', 'Straße', 'é vs é', 'a\0b', '\0', 'line\nfeed\r\nand\ttab', 'A b', 'two', '日本,ä'),
  (5, '\0\0', '\Z\b', 'quote '' " ` \\ %s :x', 'ﬀ', '#{}|%~', '\\', '{"not": "json"}', REPEAT('😀', 20000), 'it''s', 'one', 'it''s'),
  (6, 'NULL', 'NULL', 'null', 'None', 'true', '0', '1e3', '1970-01-01', 'ä,ö', 'two', 'A b'),
  (7, CONVERT(0xE2808BEFBBBF USING utf8mb4), CONVERT(0xEFBFBFEFBFBD USING utf8mb4), 'x', 'ﷺ', CONVERT(0xF48FBFBF USING utf8mb4),
   CONVERT(0x0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F7F USING utf8mb4), REPEAT('m', 70000), REPEAT('äß', 40000), '日本', 'one', 'a,A b'),
  (18446744073709551615, '12345678901234567890', REPEAT('日', 200), REPEAT('ÿ', 200), REPEAT('f', 200), REPEAT('t', 255), REPEAT('p', 65535), '', '', '', 'two', 'ä');

INSERT INTO moments VALUES
  (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, '1000-01-01', '1000-01-01 00:00:00', '1000-01-01 00:00:00.0', '1000-01-01 00:00:00.000', '1000-01-01 00:00:00.000000',
   '1970-01-01 00:00:01', '1970-01-01 00:00:01.000', '1970-01-01 00:00:01.000000', '-838:59:59', '-838:59:59.00', '-838:59:59.000000', 1901),
  (3, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31 23:59:59.9', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999',
   '2038-01-19 03:14:07', '2038-01-19 03:14:07.499', '2038-01-19 03:14:07.499999', '838:59:59', '838:59:59.00', '838:59:59.000000', 2155),
  (4, '2000-02-29', '1969-12-31 23:59:59', '1969-12-31 23:59:59.9', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.999999',
   '2000-02-29 12:00:00', '2000-02-29 12:00:00.001', '2000-02-29 12:00:00.000001', '00:00:00', '-00:00:00.01', '-00:00:00.000001', 0),
  (5, '1582-10-10', '0001-01-01 00:00:00', '2024-03-31 02:30:00.5', '2024-10-27 02:30:00.500', '2024-10-27 01:30:00.123456',
   '2024-03-31 01:30:00', '2024-10-27 01:30:00.999', '2024-10-27 00:30:00.999999', '-25:00:01', '100:00:00.99', '-100:30:15.654321', 1970),
  (65535, '0001-01-01', '9999-01-01 00:00:00', '1999-12-31 23:59:59.1', '2016-12-31 23:59:59.010', '1900-01-01 00:00:00.000010',
   '2001-09-09 01:46:40', '2001-09-09 01:46:40.100', '2001-09-09 01:46:40.100000', '24:00:00', '23:59:59.99', '00:00:00.100000', 2000);

INSERT INTO bytes_and_shapes (id, fixed, varied, tiny, plain, medium, long_blob, document, as_text, shape, place, area) VALUES
  (REPEAT('\0', 16), NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (0x00112233445566778899AABBCCDDEEFF, '', '', '', 0x00, '', '', '{}', '[]',
   ST_GeomFromText('POINT(0 0)'), ST_GeomFromText('POINT(48.137 11.575)', 4326), ST_GeomFromText('POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 1))')),
  (0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF, 0x01, 0x0000, 0x00FF, 0x41005A, 0x20202020, 0x0A0D1A,
   '{"null": null, "nested": {"list": [null, [null, [null]], {}], "x": 0.5}, "true": true, "text": "𝄞 \\u0000 \\"quoted\\"", "big": 18446744073709551615, "small": -9223372036854775808, "half": 0.5, "third": 0.3333333333333333, "tiny": 1e-100, "great": 1.5e100}',
   '{"null": null, "nested": {"list": [null, [null, [null]], {}], "": 1}, "one": 1, "one point": 1.0, "hundred": 1e2, "great": 1.7976931348623157e308, "tiny": 4.9406564584124654e-324, "big": 18446744073709551615}',
   ST_GeomFromText('LINESTRING(1.5 -2, 3e100 4, -0.1 1e-100)', 3857), ST_GeomFromText('POINT(-90 180)', 4326), ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 0))')),
  (0x000102030405060708090A0B0C0D0E0F, 0xFFFFFFFF, REPEAT(0xFF, 100), REPEAT('\0', 255), REPEAT(0x00FF, 32767), REPEAT(0xAB, 70000), REPEAT(0xCD, 100000),
   '"just text"', '"just text"', ST_GeomFromText('MULTIPOINT((0 0), (1 1))'), ST_GeomFromText('POINT(1e-10 -1e-10)', 4326), NULL),
  (0x10000000000000000000000000000000, 0x31202020, 'text', ' ', ' ', ' ', ' ', '[1, 2.5, "three", null, false, [], {"a": [{}]}]', '[1, 1.0, -0.5, 1e300, null]',
   ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1), GEOMETRYCOLLECTION(POINT(3 4)))', 4326), NULL, NULL),
  (0x10000000000000000000000000000001, NULL, NULL, NULL, 'x', NULL, NULL, 'true', 'false', ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))'), NULL, NULL),
  (0x10000000000000000000000000000002, NULL, NULL, NULL, 'y', NULL, NULL, '-1', '1.0', ST_GeomFromText('MULTILINESTRING((0 0, 1 1), (2 2, 3 3, 4 4))', 3857), NULL, NULL);

INSERT INTO measurements (site, day, probe, reading, note) VALUES
  ('north', '1000-01-01', REPEAT('\0', 16), -999999.999999, NULL),
  ('north', '1000-01-01', 0x000102030405060708090A0B0C0D0E0F, 999999.999999, ''),
  ('north#1000-01-01#', '9999-12-31', 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF, 0, 'the delimiter in the key'),
  ('%23 50%', '2024-02-29', 0x0A0D1A27225C00000000000000000000, NULL, 'its escape in the key'),
  ('', '2024-02-29', REPEAT('a', 16), 1.5, 'an empty part of the key'),
  (' north ', '2024-02-29', REPEAT('a', 16), 1.500000, 'spaces at both ends'),
  ('North', '1000-01-01', REPEAT('\0', 16), 0.000001, 'another case'),
  ('日本 😀', '1999-12-31', REPEAT('~', 16), -0.000001, 'four bytes'),
  ('none', '2000-01-01', REPEAT('0', 16), NULL, 'without samples');

INSERT INTO samples (site, day, probe, position, serial, taken, amount, marks, raw, extra) VALUES
  ('north', '1000-01-01', REPEAT('\0', 16), 4294967295, 1, '2024-02-29 12:00:00.000001', 0.1, 'x,y', 0x00, '{"a": [null, {"b": 0.5}]}'),
  ('north', '1000-01-01', REPEAT('\0', 16), 0, 9223372036854775000, NULL, NULL, '', NULL, NULL),
  ('north', '1000-01-01', REPEAT('\0', 16), 1, 2, NULL, -1e-130, 'x', '', '[]'),
  ('north', '1000-01-01', 0x000102030405060708090A0B0C0D0E0F, 7, 5, '1000-01-01 00:00:00', 1.5, 'y', 0xFF00, '0'),
  ('north#1000-01-01#', '9999-12-31', 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF, 1, 3, NULL, 2, '', '#', '""'),
  ('%23 50%', '2024-02-29', 0x0A0D1A27225C00000000000000000000, 2, 4, NULL, 3, 'x', '%', '{}'),
  ('', '2024-02-29', REPEAT('a', 16), 1, 6, NULL, 4, 'y', 'a', 'false'),
  ('日本 😀', '1999-12-31', REPEAT('~', 16), 3, 7, '9999-12-31 23:59:59.999999', 5, 'x', '~', '"~"');

INSERT INTO settings (scope, name, value) VALUES
  ('', '', NULL), ('', 'empty', ''), ('site', 'Title', 'T'), ('site', 'title', 't'), ('site', 'title ', 't and a space'), ('#', '#', '#');

SET foreign_key_checks = 0;
INSERT INTO nodes (id, parent, label) VALUES
  (1, NULL, 'root'), (2, 2, 'its own parent'), (3, 4, 'one of a circle'), (4, 3, 'the other'), (5, 1, 'child'), (6, 5, 'grandchild'),
  (7, 9, 'a child before its parent'), (9, 1, 'the parent'), (-5, -5, 'negative'), (2147483647, -5, 'the last');
SET foreign_key_checks = 1;

INSERT INTO `order` (`select`, `group`, `e-mail`, `100% of it`, `größe (cm)`, `日本`, `a``b:c`) VALUES
  (1, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, 'by', 'a@b.example', 50, 180.50, '東京', 1),
  (3, '', '', -50, -0.01, '', 0),
  (-1, 'where 1=1; --', '%(x)s', 2147483647 DIV 2, 9999.99, ':name', -1);

INSERT INTO `Straße & Haus-Nr.` VALUES (0, ''), (1, 'Nr. 1'), (-1, '½');
