/* One leaf taken apart; struct leaf stands in act.h. */
#ifndef AUDIT_LEAF_H
#define AUDIT_LEAF_H

#include "audit/act.h"

/* index, bytes and length are set. Afterwards content is NULL and fault says why, or it is a leaf of the format (if
 * not_canonical, of other bytes than it should have). Safe on any thread. */
void leaf_parse(struct leaf *leaf);
void leaf_clear(struct leaf *leaf); /* frees what parsing made */

#endif
