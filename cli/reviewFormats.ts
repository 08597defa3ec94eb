/** The forms of a review, in a file of its own: parsing a command line loads nothing else. */
export const reviewFormats = ["terminal", "markdown", "html", "json", "sarif"] as const;
