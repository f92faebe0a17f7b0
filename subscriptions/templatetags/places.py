"""Countries and regions on a page: `{{ organization.country|country_name }}`."""

from django import template

from subscriptions import places

register = template.Library()
register.filter("country_name", places.country_name)
