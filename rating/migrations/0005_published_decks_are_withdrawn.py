"""A published deck may be withdrawn, once; nothing else of it changes."""

from django.db import migrations

FORWARDS = """
CREATE OR REPLACE FUNCTION published_deck_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    withdrawn rating_ratedeck;
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL THEN
            withdrawn := OLD;
            withdrawn.withdrawn_at := NEW.withdrawn_at;
            IF withdrawn IS NOT DISTINCT FROM NEW THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'deck % is published and does not change', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

BACKWARDS = """
CREATE OR REPLACE FUNCTION published_deck_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'deck % is published and does not change', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("rating", "0004_tariffs_sessions_limits_and_reratings")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
