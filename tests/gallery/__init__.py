"""All pages as pictures, to be looked through: script/gallery."""
