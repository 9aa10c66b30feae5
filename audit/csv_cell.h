/* Cells of CSV files that spreadsheets open: what people typed must not run as a formula there. */
#ifndef AUDIT_CSV_CELL_H
#define AUDIT_CSV_CELL_H

#include <stdbool.h>
#include <stdio.h>

/* Quoted where it must be (RFC 4180); text that a spreadsheet would run gets an apostrophe in front. is_number: made by us,
 * not typed. */
void csv_write_cell(FILE *out, const char *text, bool is_number);

/* Fen (a decimal string) as yuan, "-1234.56", in buffer; "0.00" for what is no amount. */
#define CSV_YUAN 32
const char *csv_yuan(const char *fen, char buffer[CSV_YUAN]);

#endif
