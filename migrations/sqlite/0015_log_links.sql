-- Where else the logs of an environment's apps are kept: named templates of addresses.
ALTER TABLE environments ADD COLUMN log_links TEXT NOT NULL DEFAULT '[]';
