-- Where the measurements of an environment are asked; the secret is sealed.
ALTER TABLE environments ADD COLUMN metrics TEXT COLLATE "C" NOT NULL DEFAULT '{"kind":"embedded"}';
ALTER TABLE environments ADD COLUMN metrics_secret TEXT COLLATE "C";
