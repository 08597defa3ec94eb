/**
 * Languages by the script that they alone use, in the order in which they are asked: the first of which the text has
 * some letters in a row. Japanese stands before Chinese, whose characters it uses too.
 */
const scripts: readonly (readonly [language: string, pattern: string])[] = [
  ["Japanese", "[\\p{Hiragana}\\p{Katakana}]{2}"],
  ["Korean", "\\p{Hangul}{2}"],
  ["Chinese", "\\p{Han}{2}"],
  ["a language in Cyrillic script", "\\p{Cyrillic}{3}"],
  ["a language in Arabic script", "\\p{Arabic}{3}"],
  ["a language in Devanagari script", "\\p{Devanagari}{2}"],
  ["Hebrew", "\\p{Hebrew}{3}"],
  ["Greek", "\\p{Greek}{3}"],
  ["Thai", "\\p{Thai}{3}"],
];

/**
 * Languages in Latin script by words that are frequent in one of them and rare in the others: two have to stand in the
 * text. What has fewer is "Latin script": short texts, other languages, lists, code.
 */
const words: readonly (readonly [language: string, words: string])[] = [
  ["English", "the|and|are|what|how|my|this|with|you|please|have|where|does"],
  ["German", "der|und|ich|nicht|das|ist|mit|für|bitte|auf|wie|mein|eine|wo"],
  ["French", "le|les|des|est|vous|et|dans|avec|pas|mon|pour|une|où|ma"],
  ["Spanish", "el|los|las|y|qué|pero|cómo|dónde|es|muy|mi|hola"],
  ["Portuguese", "os|não|você|uma|com|meu|minha|do|da|em|obrigado|onde"],
  ["Italian", "il|che|di|per|sono|gli|della|mio|è|non|come|dove"],
  ["Dutch", "het|een|ik|niet|van|mijn|je|voor|dat|waar|hoe"],
];

/**
 * Letters of any script end a word. Classes by script are written alike in RE2 (DuckDB) and in Trino:
 * https://trino.io/docs/current/functions/regexp.html
 */
const twice = (list: string): string =>
  `(^|[^\\p{L}])(${list})[^\\p{L}]([\\s\\S]*[^\\p{L}])?(${list})([^\\p{L}]|$)`;

/** All of them with their patterns, for whoever asks them of something else than a table. */
export const languagePatterns = {
  scripts,
  words: words.map(([language, list]) => [language, twice(list)] as const),
};

const anyScript = scripts.flatMap(([, pattern]) => pattern.match(/\\p\{\w+\}/g) ?? []).join("");

/** The language of a column's text, as SQL: a word for people, `no text` for an empty one. */
export const languageSql = (column: string): string =>
  [
    `CASE WHEN ${column} = '' THEN 'no text'`,
    // Most texts have no letter of any of these scripts: one look instead of nine.
    `WHEN NOT regexp_like(${column}, '[${anyScript}]') THEN ${latin(column)}`,
    ...scripts.map(([language, pattern]) => `WHEN regexp_like(${column}, '${pattern}') THEN '${language}'`),
    `ELSE ${latin(column)} END`,
  ].join(" ");

const latin = (column: string): string =>
  [
    "CASE",
    ...words.map(([language, list]) => `WHEN regexp_like(${column}, '${twice(list)}') THEN '${language}'`),
    `WHEN regexp_like(${column}, '\\p{Latin}') THEN 'Latin script' ELSE 'no letters' END`,
  ].join(" ");
