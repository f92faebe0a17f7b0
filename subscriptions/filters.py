"""Forms in the address of a list: every field may be left out, and what makes no sense is said at its field."""

from django import forms


class Filter(forms.Form):
    """A form in the address: every field may be left out, what is wrong is said at its field."""

    #: Names that the address uses where Python cannot.
    in_address: dict[str, str] = {}

    def full_clean(self) -> None:
        super().full_clean()
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            wrong = " is-invalid" if name in self.errors else ""
            field.widget.attrs["class"] = f"{kind}{wrong}"
            if wrong and isinstance(field.widget, forms.DateInput):
                # A browser shows no text in a date field that is not a day; then nobody sees what is wrong.
                field.widget.input_type = "text"

    def add_prefix(self, field_name: str) -> str:
        return self.in_address.get(field_name, field_name)


class Search(forms.TextInput):
    """A field that says it searches."""

    input_type = "search"
