"""A seeded maker of branch exports: the files that branches of the agency would leave, with invented people.

``make`` writes them, ``python -m demo`` is its command line. The same size, options and seed give the same
bytes, wherever and however often it runs.

====================  ====================================================================================
``Size.province``     West Nusa Tenggara (NTB) and Central Sulawesi (STG) at true scale. Row by row they
                      add up to the figures that the press published in October 2023; see ``plan``.
``Size.small``        the same at about 1:1000, for tests.
``Size.nation``       325 branches, ten million participants and no dirt, with reference tables of its own.
====================  ====================================================================================

Every name says *Contoh* (example); phone numbers begin with 0800 00, which no mobile number does; NIKs have
the right form and region but are counted, not copied. What is wrong with the files, and on purpose, is listed
in ``dirt``; what each delivery should come to, is in the ``Receipt``.
"""

from demo.export import Sent
from demo.maker import Receipt, make
from demo.plan import AS_OF, Size

__all__ = ["AS_OF", "Receipt", "Sent", "Size", "make"]
