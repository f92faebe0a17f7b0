"""Triggers: a published deck and its rates are never changed."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION published_deck_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'deck % is published and does not change', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER published_deck_stands BEFORE UPDATE OR DELETE ON rating_ratedeck
    FOR EACH ROW EXECUTE FUNCTION published_deck_stands();

CREATE FUNCTION rate_of_a_published_deck_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM changed JOIN rating_ratedeck AS deck ON deck.id = changed.deck_id
         WHERE deck.published_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'rates of a published deck do not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER added_rate_of_a_published_deck AFTER INSERT ON rating_rate
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rate_of_a_published_deck_stands();
CREATE TRIGGER changed_rate_of_a_published_deck AFTER UPDATE ON rating_rate
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rate_of_a_published_deck_stands();
CREATE TRIGGER removed_rate_of_a_published_deck AFTER DELETE ON rating_rate
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rate_of_a_published_deck_stands();
"""

BACKWARDS = """
DROP TRIGGER removed_rate_of_a_published_deck ON rating_rate;
DROP TRIGGER changed_rate_of_a_published_deck ON rating_rate;
DROP TRIGGER added_rate_of_a_published_deck ON rating_rate;
DROP FUNCTION rate_of_a_published_deck_stands();
DROP TRIGGER published_deck_stands ON rating_ratedeck;
DROP FUNCTION published_deck_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("rating", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
