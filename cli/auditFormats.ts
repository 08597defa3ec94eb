/** The forms of an audit, in a file of its own: parsing a command line loads nothing else. */
export const auditFormats = ["text", "markdown", "html", "json"] as const;
