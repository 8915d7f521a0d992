// What pages put into the global scope: Django's JavaScriptCatalog (summit/config/urls.py, "texts").
declare function gettext(text: string): string
declare function ngettext(singular: string, plural: string, count: number): string
declare function pgettext(context: string, text: string): string
declare function interpolate(format: string, values: object | unknown[], named?: boolean): string
