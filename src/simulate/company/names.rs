//! What people are called.

use crate::simulate::chance::Chance;

const FIRST: [&str; 72] = [
    "Ada", "Alma", "Amir", "Anouk", "Aron", "Astrid", "Bela", "Bram", "Carla", "Chidi", "Clara",
    "Dana", "Daria", "David", "Edda", "Elif", "Emil", "Esra", "Farah", "Felix", "Fatou", "Finn",
    "Greta", "Gus", "Hana", "Hugo", "Ines", "Ivo", "Jana", "Jonas", "June", "Kaya", "Kofi", "Lars",
    "Lena", "Lin", "Luca", "Maja", "Malik", "Marta", "Mei", "Milo", "Mina", "Nadia", "Nils", "Noa",
    "Ola", "Omar", "Otto", "Paula", "Pia", "Quinn", "Rana", "Remi", "Rosa", "Ruben", "Sami",
    "Sara", "Selma", "Simon", "Sofia", "Tariq", "Tessa", "Theo", "Tuva", "Uma", "Vera", "Viktor",
    "Wanda", "Yara", "Yusuf", "Zoe",
];

const LAST: [&str; 64] = [
    "Achebe",
    "Adler",
    "Bakker",
    "Becker",
    "Berg",
    "Bianchi",
    "Brandt",
    "Castro",
    "Chen",
    "Costa",
    "Dahl",
    "Demir",
    "Diaz",
    "Duarte",
    "Eriksen",
    "Farouk",
    "Fischer",
    "Fontaine",
    "Garcia",
    "Gruber",
    "Haddad",
    "Hansen",
    "Hartmann",
    "Hoang",
    "Ibarra",
    "Ito",
    "Jansen",
    "Johansson",
    "Kaplan",
    "Keller",
    "Khan",
    "Kovac",
    "Laurent",
    "Lindholm",
    "Lopez",
    "Marin",
    "Mensah",
    "Meyer",
    "Moreau",
    "Nakamura",
    "Novak",
    "Okafor",
    "Olsen",
    "Ozturk",
    "Park",
    "Pereira",
    "Popov",
    "Quist",
    "Renner",
    "Rossi",
    "Sato",
    "Schmidt",
    "Silva",
    "Singh",
    "Soto",
    "Tanaka",
    "Tran",
    "Urban",
    "Vidal",
    "Vogel",
    "Weber",
    "Whitlock",
    "Yilmaz",
    "Zimmer",
];

pub fn name(chance: &Chance) -> (&'static str, &'static str) {
    (*chance.pick(&FIRST), *chance.pick(&LAST))
}

/// A department, with the titles in it.
pub type Department = (&'static str, [&'static str; 3]);

pub const DEPARTMENTS: [Department; 6] = [
    (
        "Engineering",
        ["Engineer", "Senior Engineer", "Staff Engineer"],
    ),
    (
        "Sales",
        ["Account Executive", "Sales Engineer", "Sales Director"],
    ),
    ("Finance", ["Accountant", "Controller", "Analyst"]),
    ("Marketing", ["Designer", "Writer", "Marketing Manager"]),
    (
        "Support",
        ["Support Agent", "Support Engineer", "Support Lead"],
    ),
    (
        "IT",
        ["Systems Administrator", "Identity Engineer", "IT Manager"],
    ),
];
