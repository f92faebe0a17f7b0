"""Journals added up: what pages over many days are made of is what the journals say."""

from typing import Final

HEALTH: Final[dict[str, str]] = {
    # Up to the place that is named, each quarter of an hour's journals of a kind are added up, all of them and once.
    "S02": """
        SELECT account_id, begins_at, kind,
               sums.movement, booked.movement AS booked, sums.count, booked.count AS journals
          FROM credits_journalsum AS sums
          FULL JOIN (SELECT journal.account_id, date_bin('15 minutes', journal.at, 'epoch') AS begins_at, journal.kind,
                            sum(journal.movement) AS movement, count(*) AS count
                       FROM credits_journal AS journal
                       JOIN credits_summedto AS place
                         ON place.account_id = journal.account_id AND journal.id <= place.journal_id
                      GROUP BY 1, 2, 3) AS booked USING (account_id, begins_at, kind)
         WHERE (sums.movement, sums.count) IS DISTINCT FROM (booked.movement, booked.count)""",
}
