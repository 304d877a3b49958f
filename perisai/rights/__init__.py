"""A person's rights under Law 27/2022: what is stored is disclosed, its use restricted, or it is erased.

A person is asked for by NIK or KPJ. To erase one is to put *stand-ins* into the rows that name the person, in the
copies of ``raw`` first: a NIK, KPJ, phone, name and date of birth that are nobody's. What follows from a copy (vault,
rejected rows, lake) gets what the copy now gives. So rows, sums and lines of money stay, nothing leads to the person,
and what is made anew from ``raw`` is the same.
"""
